"""What it costs to believe a token, by signing algorithm: verified requests in one process, in turn, in one run.

Each request goes through the middleware and a view of the API, with nothing but the verification between them: no
network, no throttle, no database; a second is one of processor time. RS256 with 2048 bits, ES256 on P-256, EdDSA on
Ed25519, HS256 with 256 bits.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api.authentication import TokenUser
from config.local.errors import LocalServersError

ROUNDS = 10
_ISSUER, _AUDIENCE = "https://reservations.example", "reservations"
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]
_SUBJECT = uuid4()


@dataclass(frozen=True, kw_only=True)
class Contender:
    """An algorithm with keys of its own, parsed once, and one token."""

    algorithm: str
    signing_key: Any
    verifying_key: Any
    token: str

    def sign(self) -> str:
        return _signed(self.signing_key, self.algorithm)

    def verify(self, token: str | None = None) -> Mapping[str, Any]:
        """The claims of `token`, or of its own, checked as the platform checks them."""
        claims: Mapping[str, Any] = jwt.decode(
            self.token if token is None else token,
            self.verifying_key,
            algorithms=[self.algorithm],
            audience=_AUDIENCE,
            issuer=_ISSUER,
            options={"require": _REQUIRED},
        )
        return claims


@dataclass(frozen=True, kw_only=True)
class AuthFigure:
    """What one algorithm reached: medians over the rounds of a run."""

    algorithm: str
    requests_per_second: float
    verify_us: float
    sign_us: float
    token_bytes: int


def contenders() -> tuple[Contender, ...]:
    """The four algorithms, with fresh keys."""
    secret = uuid4().bytes + uuid4().bytes
    of_rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    of_ec, of_ed = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    keys = {
        "HS256": (secret, secret),
        "RS256": (of_rsa, of_rsa.public_key()),
        "ES256": (of_ec, of_ec.public_key()),
        "EdDSA": (of_ed, of_ed.public_key()),
    }
    return tuple(
        Contender(algorithm=name, signing_key=private, verifying_key=public, token=_signed(private, name))
        for name, (private, public) in keys.items()
    )


def _signed(key: Any, algorithm: str) -> str:
    now = int(time.time())
    claims = {"iss": _ISSUER, "aud": _AUDIENCE, "iat": now, "exp": now + 3_600, "sub": str(_SUBJECT)}
    more = {"sid": str(uuid4()), "jti": str(uuid4()), "token_type": "access"}
    return jwt.encode(claims | more, key, algorithm=algorithm, headers={"kid": "bench"})


_field: dict[str, Contender] = {}


class _Verification(BaseAuthentication):
    """The bearer token, verified by the algorithm that the address names."""

    def authenticate(self, request: Request) -> tuple[TokenUser, Mapping[str, Any]]:
        contender = _field[request.path.rpartition("/")[2]]
        claims = contender.verify(request.headers["Authorization"].removeprefix("Bearer "))
        return TokenUser(pk=UUID(claims["sub"])), claims


class Verified(APIView):
    """Who has come through is told so."""

    authentication_classes = (_Verification,)
    throttle_classes = ()

    def get(self, request: Request, algorithm: str) -> Response:
        return Response({"sub": str(request.user.pk)})


urlpatterns = [path("api/v1/bench/auth/<str:algorithm>", Verified.as_view())]


def run_auth(*, seconds: float) -> tuple[AuthFigure, ...]:
    """Measure all algorithms, so many seconds each, in turn in each of ROUNDS rounds.

    :raises LocalServersError: if a request is not answered with 200.
    """
    field = contenders()
    _field.update({one.algorithm: one for one in field})
    slices: dict[str, list[tuple[float, float, float]]] = {one.algorithm: [] for one in field}
    share = seconds / ROUNDS
    with override_settings(ROOT_URLCONF=__name__), _quiet():
        handler = WSGIHandler()
        for one in field:
            _per_second(_request_of(handler, one), share / 4)
        for number in range(ROUNDS):
            turn = number % len(field)
            for one in (*field[turn:], *field[:turn]):
                requests = _per_second(_request_of(handler, one), share * 0.6)
                verified, signed = _per_second(one.verify, share * 0.2), _per_second(one.sign, share * 0.2)
                slices[one.algorithm].append((requests, verified, signed))
    return tuple(_figure(one, slices[one.algorithm]) for one in field)


def _figure(one: Contender, parts: Sequence[tuple[float, float, float]]) -> AuthFigure:
    requests, verified, signed = (median(column) for column in zip(*parts, strict=True))
    return AuthFigure(
        algorithm=one.algorithm,
        requests_per_second=requests,
        verify_us=1e6 / verified,
        sign_us=1e6 / signed,
        token_bytes=len(one.token),
    )


def _per_second(work: Callable[[], object], seconds: float) -> float:
    """How often in a second of processor time: what else the machine does meanwhile does not count."""
    done, started = 0, time.process_time()
    while (elapsed := time.process_time() - started) < seconds or not done:
        work()
        done += 1
    return done / elapsed


def _request_of(handler: WSGIHandler, one: Contender) -> Callable[[], None]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/api/v1/bench/auth/{one.algorithm}",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {one.token}",
        "wsgi.url_scheme": "http",
    }

    def answered(status: str, headers: object, error: object = None, /) -> Callable[[bytes], object]:
        if not status.startswith("200"):
            raise LocalServersError(f"{one.algorithm} was answered with {status}")
        return bytes

    def request() -> None:
        answer = handler({**environ, "wsgi.input": BytesIO(b"")}, answered)
        for _ in answer:
            pass
        answer.close()

    return request


@contextmanager
def _quiet() -> Iterator[None]:
    """Without a log line for each request."""
    log = logging.getLogger("http")
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)


def auth_table(figures: Sequence[AuthFigure]) -> str:
    """The figures as a Markdown table, beside those of HS256."""
    base = next(one for one in figures if one.algorithm == "HS256")
    rows = [
        "| algorithm | verified requests/s | / HS256 | verify µs | sign µs | token, bytes |",
        "| --------- | ------------------: | ------: | --------: | ------: | -----------: |",
    ]
    rows += [
        f"| {one.algorithm:9} | {one.requests_per_second:19,.0f} |"
        f" {one.requests_per_second / base.requests_per_second:7.2f} |"
        f" {one.verify_us:9.0f} | {one.sign_us:7.0f} | {one.token_bytes:12} |"
        for one in sorted(figures, key=lambda one: -one.requests_per_second)
    ]
    return "\n".join(rows)
