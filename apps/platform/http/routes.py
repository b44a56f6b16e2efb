"""The routes of the API as data: what its index lists, and how its pages find each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, get_urlconf
from django.urls.resolvers import RoutePattern

ROOT = "api/v1"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address: its pattern, like `api/v1/hotels/<uuid:hotel_id>`, and the view class that answers there."""

    pattern: str
    view: type[Any]

    def answers(self, method: str) -> bool:
        """Whether the view knows the HTTP method."""
        return hasattr(self.view, method.lower())

    @property
    def steps(self) -> tuple[str, ...]:
        """The pattern, cut at its slashes."""
        return tuple(self.pattern.split("/"))


@dataclass(frozen=True, kw_only=True)
class Item:
    """What lies at `<collection>/<id>`: whether it can be read, and the names of the addresses below it."""

    readable: bool
    below: tuple[str, ...]


def api_routes() -> tuple[Route, ...]:
    """Every route below /api/v1, in the order in which the apps declare them."""
    return _routes(get_urlconf() or settings.ROOT_URLCONF)


def below(pattern: str) -> tuple[Route, ...]:
    """The routes one plain step below `pattern`: `confirm` and `cancel` below a booking."""
    steps = tuple(pattern.split("/"))
    return tuple(route for route in api_routes() if route.steps[:-1] == steps and not route.steps[-1].startswith("<"))


def item_of(collection: str) -> Item | None:
    """What a client finds at an id of `collection`, or None where nothing is."""
    steps = tuple(collection.split("/"))
    depth = len(steps)
    found = [
        route
        for route in api_routes()
        if route.steps[:depth] == steps and len(route.steps) > depth and route.steps[depth].startswith("<")
    ]
    if not found:
        return None
    return Item(
        readable=any(len(route.steps) == depth + 1 and route.answers("get") for route in found),
        below=tuple(route.steps[-1] for route in found if len(route.steps) == depth + 2 and "<" not in route.steps[-1]),
    )


@lru_cache(maxsize=8)
def _routes(urlconf: str) -> tuple[Route, ...]:
    found = (route for route in _flat(get_resolver(urlconf).url_patterns, "") if route.pattern.startswith(f"{ROOT}/"))
    return tuple({route.pattern: route for route in found}.values())


def _flat(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for entry in patterns:
        if not isinstance(entry.pattern, RoutePattern):
            continue
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _flat(entry.url_patterns, pattern)
        elif (view := getattr(entry.callback, "cls", None)) is not None:
            yield Route(pattern=pattern.rstrip("/"), view=view)
