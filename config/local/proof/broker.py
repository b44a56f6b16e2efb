"""The broker of the proof: a Valkey server that is neither cache nor lock node, as in production."""

from urllib.parse import urlsplit

from config.local.proof.lock_nodes import LockNode

QUEUES = ("critical", "bulk")


class Broker(LockNode):
    """It keeps nothing on disk: a restart forgets every task."""

    def waiting(self) -> int:
        """How many tasks nobody has taken yet."""
        with self._client() as client:
            return sum(int(client.llen(queue)) for queue in QUEUES)

    @property
    def port(self) -> int:
        return int(urlsplit(self.url).port or 0)
