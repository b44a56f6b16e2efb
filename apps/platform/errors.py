"""The few kinds of refusal. Each app subclasses them beside the service that refuses, with a stable `code`.

A refusal carries its own documentation: `cause` and `remedy` are the page that the answer's `type` points to.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

Retry = Literal["same_key", "new_key", "never"]

_registry: dict[str, type["Problem"]] = {}


class Problem(Exception):
    """Something that the caller is told: what, why and what to do.

    :param detail: one sentence for a person; without it the title serves.
    :param items: the single faults, each `{"code", "detail", "pointer" | "parameter", ...}`.
    :param extra: further members of the answer, by name.
    """

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    cause: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    example: ClassVar[Mapping[str, Any]] = {}
    retry: ClassVar[Retry | None] = None
    stored: ClassVar[bool] = False
    """Whether a refusal of this kind is the stored outcome of its idempotency key."""
    retry_after: ClassVar[int | None] = None
    """Seconds to wait before the next try, where waiting helps."""

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            known = _registry.setdefault(cls.code, cls)
            if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
                raise TypeError(f"two problems share the code {cls.code}")

    def __init__(
        self, detail: str = "", *, items: Sequence[Mapping[str, Any]] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.items = tuple(items)
        self.extra = dict(extra or {})

    def members(self) -> dict[str, Any]:
        """The members of the problem document that do not depend on the request (RFC 9457, section 3.2)."""
        document: dict[str, Any] = {"title": self.title, "detail": self.detail, "code": self.code}
        if self.items:
            document["errors"] = list(self.items)
        if self.retry:
            document["retry"] = self.retry
        return document | self.extra


class NotFound(Problem):
    """There is no such thing, or none that the caller may know of."""

    code = "not_found"
    title = "Not found"
    cause = "There is nothing at this address that you may see. What belongs to others looks the same."
    remedy = "Check the id and the account you are signed in with."


class Denied(Problem):
    """The caller may see the thing but not do this to it."""

    code = "permission_denied"
    title = "Permission denied"
    cause = "Your account may see this, but has no role that allows the action."
    remedy = "Ask an administrator of the hotel for the role that includes it."


class Invalid(Problem):
    """The request cannot be understood or can never be right."""

    code = "invalid"
    title = "The request is not valid"
    cause = "One or more fields are missing, unknown or out of bounds; `errors` names each with a JSON pointer."
    remedy = "Correct the fields named in `errors` and send the request again. Nothing was stored."
    example = {"errors": [{"code": "required", "detail": "This field is required.", "pointer": "/arrival"}]}
    retry: ClassVar[Retry | None] = "same_key"


class Conflict(Problem):
    """The state of things forbids it. It is the stored outcome of its key: the same key gives the same refusal."""

    stored = True
    retry: ClassVar[Retry | None] = "new_key"


class Stale(Problem):
    """The caller has seen an older state of the thing."""

    code = "stale"
    title = "The resource has changed"
    cause = "The revision in `If-Match` is not the current one: somebody changed the resource after you read it."
    remedy = "Read it again, look at what changed, and send the request with the new `ETag`."


class TooMany(Problem):
    """A limit is reached."""

    code = "rate_limited"
    title = "Too many requests"
    cause = "You have sent more requests of this kind than the limit allows."
    remedy = "Wait for the seconds in `Retry-After`, then go on."
    retry: ClassVar[Retry | None] = "same_key"


class Unavailable(Problem):
    """The platform cannot say now. The same key tells the truth later."""

    code = "service_busy"
    title = "The service is busy"
    cause = "A lock or the database did not answer in time. The outcome may be unknown, never doubled."
    remedy = "Send the same request with the same `Idempotency-Key` after `Retry-After` seconds."
    retry: ClassVar[Retry | None] = "same_key"
    retry_after = 1


def by_code(code: str) -> type[Problem] | None:
    """The kind of problem with this code."""
    return _registry.get(code)


def all_codes() -> Mapping[str, type[Problem]]:
    """Every problem that the running code can answer with."""
    return dict(sorted(_registry.items()))
