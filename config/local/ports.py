"""Free TCP ports on 127.0.0.1."""

import random
import socket

HOST = "127.0.0.1"
# Below the range from which systems take ports of outgoing connections: a remembered port is seldom taken.
_RANGE = range(15_000, 30_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port nobody listens on; whoever starts a server must be ready to lose the race and ask again."""
    chance = random.SystemRandom()
    for _ in range(200):
        port = chance.choice(_RANGE)
        if is_free(port):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
