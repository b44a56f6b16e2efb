"""The API for people: each address as a page, with what a person would otherwise have to type already in the form.

A view may offer, all optional:
`requires_key`          its forms carry a fresh Idempotency-Key;
`example_body(request, **url_arguments)`   a valid body, with real ids and dates ahead (or the body itself);
`example_query(request, **url_arguments)`  valid query parameters of its GET;
`current_etag(request)` the ETag of what its forms change, where the answer itself does not carry it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from django.http import Http404, QueryDict
from django.urls import Resolver404, resolve
from django.utils.http import urlencode
from rest_framework.exceptions import APIException
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request, override_method
from rest_framework.response import Response

from apps.platform.errors import Problem
from apps.platform.http import routes
from apps.platform.http.json import JSONRenderer
from apps.platform.http.linked_json import Page

if TYPE_CHECKING:  # the views load this renderer by way of the settings
    from rest_framework.views import APIView

METHODS = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Form:
    """One write that the page offers."""

    method: str
    body: str | None
    key: str | None
    etag: str | None

    @property
    def rows(self) -> int:
        """So high that the body can be read at once, within reason."""
        return min(30, (self.body or "").count("\n") + 2)


@dataclass(frozen=True, kw_only=True)
class Way:
    """An address to go on to; `recommended` where the answer lists it among its `actions`."""

    name: str
    address: str
    recommended: bool = False


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What one page is made of: the view at work, its request and response, and the answer as plain data."""

    view: "APIView"
    request: Request
    response: Response
    answer: Any

    def etag(self) -> str | None:
        etag: str | None = self.response.get("ETag") or offered(self.view, "current_etag", self.request)
        return etag

    def refused(self, method: str) -> bool:
        return self.request.method == method and self.response.status_code >= 400  # noqa: PLR2004

    def body(self, method: str, request: Request) -> str:
        """What the person sent, where that was refused; else what the view proposes."""
        sent = _sent_body(self.request) if self.refused(method) else None
        example = sent or offered(self.view, "example_body", request, **self.view.kwargs) or {}
        return orjson.dumps(example, option=orjson.OPT_INDENT_2, default=str).decode()

    def key(self, method: str) -> str | None:
        """A fresh key, or the one just sent where the refusal asks for it again."""
        if not getattr(self.view, "requires_key", False):
            return None
        same = self.refused(method) and isinstance(self.answer, dict) and self.answer.get("retry") == "same_key"
        sent: str | None = self.request.headers.get("Idempotency-Key") if same else None
        return sent or str(uuid4())


class BrowsableRenderer(BrowsableAPIRenderer):
    """Pages with JSON boxes only: bodies here have lists, which HTML forms cannot say."""

    template = "rest_framework/api.html"

    def get_context(
        self, data: Any, accepted_media_type: str | None, renderer_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        view: APIView = renderer_context["view"]
        request: Request = renderer_context["request"]
        response: Response = renderer_context["response"]
        answer = None if data is None else orjson.loads(JSONRenderer().render(data))
        shown = _Shown(view=view, request=request, response=response, answer=answer)
        readable = hasattr(view, "get")
        return {
            "name": view.get_view_name(),
            "description": view.get_view_description(html=True),
            "request": request,
            "user": request.user,
            "breadcrumbs": _way_here(request),
            "response": response,
            "headers": sorted((name, value) for name, value in response.items() if name != "Content-Type"),
            "media_type": response.content_type or JSONRenderer.media_type,
            "content": "" if answer is None else _page(request).html(answer),
            "readable": readable,
            "only_writes": request.method == "GET" and not readable and response.status_code == 405,  # noqa: PLR2004
            "next": answer.get("next") if isinstance(answer, dict) else None,
            "previous": answer.get("previous") if isinstance(answer, dict) else None,
            "ways": _ways_on(request, response, answer),
            "query": _query_fields(view, request) if readable else [],
            "forms": [form for method in METHODS if (form := self._form(shown, method))],
        }

    def _form(self, shown: _Shown, method: str) -> Form | None:
        with override_method(shown.view, shown.request, method) as request:
            if not self.show_form_for_method(shown.view, method, request, None):
                return None
            body = None if method == "DELETE" else shown.body(method, request)
        return Form(method=method, body=body, key=shown.key(method), etag=shown.etag())


def _way_here(request: Request) -> list[Way]:
    """The pages above this one, from the API's first on; addresses that lead nowhere are left out."""
    steps = request.path.strip("/").split("/")
    addresses = ["/" + "/".join(steps[:length]) for length in range(1, len(steps) + 1)]
    found = []
    for address in addresses:
        try:
            view = getattr(resolve(address).func, "cls", None)
        except Resolver404:
            continue
        if view is not None and getattr(view, "is_place", True):
            found.append(Way(name=view().get_view_name(), address=address))
    return found


def _page(request: Request) -> Page:
    match = request.resolver_match
    return Page(origin=request.build_absolute_uri("/"), address=request.path, pattern=match.route if match else "")


def offered(view: "APIView", name: str, request: Request, **arguments: Any) -> Any:
    """What the view offers under `name`. A refusal is an answer of the view itself: the page then goes without."""
    offer: Any = getattr(view, name, None)
    if not callable(offer):
        return offer
    try:
        return offer(request, **arguments)
    except (Problem, APIException, Http404):
        return None


def _sent_body(request: Request) -> Any:
    """What was sent, so that a refusal does not throw it away; None where it could not be read."""
    try:
        return request.data
    except APIException:
        return None


def _query_fields(view: "APIView", request: Request) -> list[tuple[str, str]]:
    """The parameters of the page's GET as they were given, and those that the view proposes."""
    proposed: Mapping[str, Any] = offered(view, "example_query", request, **view.kwargs) or {}
    if not proposed:
        return []
    given: QueryDict = request.query_params
    names = dict.fromkeys([*proposed, *(name for name in given if name != "format")])
    fallback = {} if given else proposed
    return [(name, str(value)) for name in names for value in (given.getlist(name) or [fallback.get(name, "")])]


def _ways_on(request: Request, response: Response, answer: Any) -> list[Way]:
    """The addresses just below the thing that the answer shows, or beside the action that made it."""
    address = urlsplit(response.get("Location") or request.path).path.rstrip("/")
    try:
        match = resolve(address)
    except Resolver404:
        return []
    pattern = match.route
    if not routes.below(pattern) and pattern.count("/") > 1:
        address, pattern = address.rpartition("/")[0], pattern.rpartition("/")[0]
    if not pattern.endswith(">"):
        return []
    actions = answer.get("actions") if isinstance(answer, dict) else None
    recommended = {str(name).replace("_", "-") for name in actions} if isinstance(actions, list) else set()
    ways = [
        Way(
            name=route.steps[-1],
            address=f"{address}/{route.steps[-1]}{_proposed_query(route, request, match.kwargs)}",
            recommended=route.steps[-1] in recommended,
        )
        for route in routes.below(pattern)
        if f"{address}/{route.steps[-1]}" != request.path.rstrip("/")
    ]
    return sorted(ways, key=lambda way: not way.recommended)


def _proposed_query(route: routes.Route, request: Request, arguments: Mapping[str, Any]) -> str:
    """What makes the address answer at once, where it cannot do without parameters."""
    proposed = offered(route.view(), "example_query", request, **arguments)
    return f"?{urlencode(proposed, doseq=True)}" if proposed else ""
