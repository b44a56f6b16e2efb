"""JSON as HTML for people: coloured, and with a link wherever an address or an id leads to a page of the API."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.platform.http import routes

Path = tuple[str | int, ...]

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_OUR_ADDRESS = re.compile(r"/(?:api/v1|problems)(?:[/?]\S*)?")
_INDENT = "  "


@dataclass(frozen=True, kw_only=True)
class Page:
    """The page that shows the JSON: its site, its address, and the pattern of its route."""

    origin: str
    address: str
    pattern: str

    def html(self, value: Any) -> SafeString:
        """`value`, plain data as JSON has it, as indented HTML. Only addresses of this site become links."""
        return mark_safe("".join(self._pieces(value, (), "\n")))  # noqa: S308 - every piece is escaped

    def _pieces(self, value: Any, path: Path, newline: str) -> Iterator[str]:
        if isinstance(value, dict) and value:
            yield "{"
            yield from self._members([(name, _key(name), inner) for name, inner in value.items()], path, newline)
            yield "}"
        elif isinstance(value, list) and value:
            yield "["
            yield from self._members([(place, "", inner) for place, inner in enumerate(value)], path, newline)
            yield "]"
        elif isinstance(value, str):
            yield self._text(value, path)
        else:
            yield format_html('<span class="value">{}</span>', orjson.dumps(value).decode())

    def _members(self, members: list[tuple[str | int, str, Any]], path: Path, newline: str) -> Iterator[str]:
        for position, (step, label, inner) in enumerate(members):
            yield ("," if position else "") + newline + _INDENT + label
            yield from self._pieces(inner, (*path, step), newline + _INDENT)
        yield newline

    def _text(self, text: str, path: Path) -> str:
        shown = orjson.dumps(text).decode()
        address, ways = self._leads_to(text, path)
        if address:
            return format_html('<a class="text" href="{}">{}</a>', address, shown)
        if ways:
            links = format_html_join(" · ", '<a href="{}">{}</a>', ((way, way.rsplit("/", 1)[1]) for way in ways))
            return format_html('<span class="text">{}</span> <span class="ways">{}</span>', shown, links)
        return format_html('<span class="text">{}</span>', shown)

    def _leads_to(self, text: str, path: Path) -> tuple[str, tuple[str, ...]]:
        """The address of `text` itself, or those of the actions on the thing that it names."""
        if _OUR_ADDRESS.fullmatch(text) or (text.startswith(self.origin) and not re.search(r"\s", text)):
            return text, ()
        place = self._collection(path) if _UUID.fullmatch(text) else None
        item = routes.item_of(place[0]) if place else None
        if place is None or item is None:
            return "", ()
        address = f"{place[1]}/{text}"
        if item.readable:
            return address, ()
        return "", tuple(f"{address}/{name}" for name in item.below)

    def _collection(self, path: Path) -> tuple[str, str] | None:
        """Pattern and address of the list that the id at `path` belongs to, by the names around it."""
        name = path[-1] if path else ""
        if name == "id":
            around = [step for step in path[:-1] if isinstance(step, str)]
            if not around or around[-1] == "results":
                return self.pattern, self.address.rstrip("/")
            thing = around[-1]
        elif isinstance(name, str) and name.endswith("_id"):
            thing = name.removesuffix("_id")
        else:
            return None
        pattern = f"{routes.ROOT}/{thing.removesuffix('s').replace('_', '-')}s"
        return pattern, f"/{pattern}"


def _key(name: str) -> str:
    return format_html('<span class="key">{}</span>: ', orjson.dumps(str(name)).decode())
