"""What the programs of the platform print, in one file that outlives the run: to look into, and to count in."""

from pathlib import Path


class PlatformLog:
    """The lines of all programs, each after the name of its program."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # Never closed: what an ended program has said last may come in after everything else.
        self.stream = path.open("w")

    def length(self) -> int:
        """Where the next line will begin."""
        return self.path.stat().st_size

    def count(self, phrase: str, *, since: int) -> int:
        """How often the programs have said this since then."""
        with self.path.open("rb") as file:
            file.seek(since)
            return file.read().count(phrase.encode())
