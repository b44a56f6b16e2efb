"""Every address of the deployable, from the URL conf itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class Address:
    """One pattern with what it takes, and the methods worth asking for."""

    pattern: str
    parameters: tuple[str, ...]
    view: Any
    methods: tuple[str, ...]

    def filled(self, values: dict[str, str]) -> str:
        """The path with these values in it."""
        path = self.pattern
        for name in self.parameters:
            start = path.index("<", 0)
            end = path.index(">", start)
            assert path[start:end].rpartition(":")[2].lstrip("<") == name
            path = path[:start] + values[name] + path[end + 1 :]
        return f"/{path}"


def addresses() -> list[Address]:
    """All of them, in the order of the URL conf."""
    return list(_flat(get_resolver().url_patterns, "", ()))


def _flat(entries: Iterable[Any], prefix: str, names: tuple[str, ...]) -> Iterator[Address]:
    for entry in entries:
        if isinstance(entry.pattern, RegexPattern):
            # What catches everything else below a prefix: asked for by an address that nothing else answers.
            if isinstance(entry, URLResolver):
                raise AssertionError(f"a resolver by regular expression: {entry.pattern}")
            yield Address(
                pattern=f"{prefix}{'api/' if not prefix else ''}no-such-address",
                parameters=names,
                view=None,
                methods=("get",),
            )
            continue
        here = (*names, *(str(name) for name in _in_order(str(entry.pattern))))
        if isinstance(entry, URLResolver):
            yield from _flat(entry.url_patterns, prefix + str(entry.pattern), here)
        elif isinstance(entry, URLPattern):
            kind = getattr(entry.callback, "cls", None)
            methods = tuple(name for name in _METHODS if hasattr(kind, name)) if kind is not None else ("get",)
            yield Address(pattern=prefix + str(entry.pattern), parameters=here, view=kind, methods=methods)


def _in_order(pattern: str) -> Iterator[str]:
    for part in pattern.split("<")[1:]:
        yield part.split(">")[0].rpartition(":")[2]
