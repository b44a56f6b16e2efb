"""What can go wrong with the local servers, said so that the reader knows what to do."""


class LocalServersError(RuntimeError):
    """A local server cannot be started, reached or stopped; the message says why and what helps."""
