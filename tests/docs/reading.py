"""Reading the documents as a test needs them: fenced blocks, and the requests and answers written in them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(?P<language>[a-z]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    """Every Markdown file that the project wrote."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def other_notes() -> list[Path]:
    """Markdown beside the code, which explains what lies there."""
    return sorted((ROOT / "tests").rglob("*.md"))


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block with the line of the document where it begins."""

    language: str
    text: str
    line: int


def blocks(document: Path) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    text = document.read_text()
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(language=match["language"], text=match["text"], line=line)


@dataclass(frozen=True, kw_only=True)
class Message:
    """An HTTP message as it is written in a document: its first line, its headers, its body."""

    first_line: str
    headers: dict[str, str]
    body: str
    line: int

    @property
    def is_answer(self) -> bool:
        return self.first_line.startswith("HTTP/1.1 ")


def message(block: Block) -> Message:
    """The HTTP message of a block; an address may be folded over lines that begin with a space."""
    head, _, body = block.text.partition("\n\n")
    lines = re.sub(r"\n +", "", head).strip().splitlines()
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return Message(first_line=lines[0], headers=headers, body=body.strip(), line=block.line)


class Names:
    """The values that the `$NAMES` of a document stand for. An answer gives a name its value where it has none yet."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def filled(self, text: str) -> str:
        """The text with values for names.

        :raises KeyError: if a name has no value yet.
        """
        return re.sub(r"\$([A-Z_]+)", lambda match: self._known[match[1]], text)

    def differences(self, shown: Any, real: Any, place: str = "") -> list[str]:
        """Where an answer is not as shown. Members that are not shown are not compared; `…` stands for anything."""
        if isinstance(shown, dict) and isinstance(real, dict):
            return [
                difference
                for name, value in shown.items()
                for difference in (
                    self.differences(value, real[name], f"{place}/{name}")
                    if name in real
                    else [f"{place}/{name} is not there"]
                )
            ]
        if isinstance(shown, list) and isinstance(real, list):
            return self._different_lists(shown, real, place)
        if isinstance(shown, str) and isinstance(real, str):
            return [] if self._fits(shown, real) else [f"{place} is {real!r}, not {shown!r}"]
        return [] if shown == real else [f"{place} is {real!r}, not {shown!r}"]

    def _different_lists(self, shown: list[Any], real: list[Any], place: str) -> list[str]:
        more = bool(shown) and shown[-1] == "…"
        first = shown[:-1] if more else shown
        if len(real) < len(first) or (len(real) != len(first) and not more):
            return [f"{place} has {len(real)} entries, not {len(first)}"]
        return [
            difference
            for position, value in enumerate(first)
            for difference in self.differences(value, real[position], f"{place}/{position}")
        ]

    def _fits(self, shown: str, real: str) -> bool:
        pattern = ""
        for part in re.split(r"(\$[A-Z_]+|…)", shown):
            name = part[1:]
            if part == "…":
                pattern += ".*"
            elif not part.startswith("$"):
                pattern += re.escape(part)
            elif name in self._known:
                pattern += re.escape(self._known[name])
            else:
                pattern += f"(?P<{name}>.+)"
        match = re.fullmatch(pattern, real, re.DOTALL)
        if match:
            self._known |= match.groupdict()
        return match is not None


def shown_json(text: str) -> Any:
    """A body as the document shows it: a bare ellipsis ends a list or an object of which there is more."""
    lists = re.sub(r"…(?=\s*\])", '"…"', text)
    return json.loads(re.sub(r",?\s*…(?=\s*\})", "", lists))
