"""The provider that moves money for us, over HTTP: what we ask it, each time under a name of our own.

Whatever is asked twice under one name happens once there. So a call whose answer was lost is simply made again.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.conf import settings

from apps.bookings.types import PaymentReport, PaymentState, RefundReport, RefundState

TIMEOUT_SECONDS = 5.0
"""For a connection, and for each part of an answer."""
TRIES = 2
_PAUSE_SECONDS = 0.2
_LARGEST_ANSWER = 65_536


class NoAnswer(Exception):
    """The provider did not answer, or not with anything that can be read: nobody knows whether it has done it."""


class Refused(Exception):
    """The provider has understood, and does not do it."""


class Provider(Protocol):
    """Whoever moves money for us. Each method can be called again at any time, and then only tells what it did."""

    def create(
        self, payment_id: UUID, *, amount_minor: int, currency: str, method: str, return_url: str
    ) -> PaymentReport:
        """Begin a payment. One that is declined is an answer, too."""

    def capture(self, payment_id: UUID) -> PaymentReport:
        """Take the money that is authorized."""

    def void(self, payment_id: UUID) -> PaymentReport:
        """Give up a payment of which nothing has been taken; one of which something has stays as it is."""

    def find(self, payment_id: UUID) -> PaymentReport | None:
        """What became of a payment; None where the provider has never heard of it."""

    def refund(self, refund_id: UUID, *, payment_id: UUID, amount_minor: int) -> RefundReport:
        """Give money of a payment back."""


def provider() -> Provider | None:
    """The provider that this deployment has, if any."""
    if not (settings.PAYMENT_PROVIDER_URL and settings.PAYMENT_PROVIDER_SECRET):
        return None
    return _OverHttp(url=settings.PAYMENT_PROVIDER_URL.rstrip("/"), secret=settings.PAYMENT_PROVIDER_SECRET)


@dataclass(frozen=True, kw_only=True)
class _OverHttp:
    """A provider at an address, which knows us by a secret."""

    url: str
    secret: str

    def create(
        self, payment_id: UUID, *, amount_minor: int, currency: str, method: str, return_url: str
    ) -> PaymentReport:
        body = {
            "client_reference": payment_id,
            "amount_minor": amount_minor,
            "currency": currency,
            "method": method,
            "return_url": return_url,
        }
        return payment_report(self._ask("POST", "/v1/payments", name=str(payment_id), body=body))

    def capture(self, payment_id: UUID) -> PaymentReport:
        return payment_report(self._ask("POST", f"/v1/payments/{payment_id}/capture", name=f"{payment_id}:capture"))

    def void(self, payment_id: UUID) -> PaymentReport:
        return payment_report(self._ask("POST", f"/v1/payments/{payment_id}/void", name=f"{payment_id}:void"))

    def find(self, payment_id: UUID) -> PaymentReport | None:
        try:
            return payment_report(self._ask("GET", f"/v1/payments/{payment_id}", name=""))
        except _Unknown:
            return None

    def refund(self, refund_id: UUID, *, payment_id: UUID, amount_minor: int) -> RefundReport:
        body = {"amount_minor": amount_minor}
        answer = self._ask("POST", f"/v1/payments/{payment_id}/refunds", name=str(refund_id), body=body)
        try:
            return RefundReport(
                reference=str(answer["reference"]),
                state=RefundState(answer["state"]),
                payment=payment_report(answer["payment"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer("an answer that nobody can read") from error

    def _ask(self, method: str, path: str, *, name: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to one question, asked again where there was none.

        :raises NoAnswer: if there is none, or the provider is in trouble.
        :raises Refused: if it says no.
        """
        request = urllib.request.Request(  # noqa: S310 - the address is from our own settings
            f"{self.url}{path}",
            data=None if method == "GET" else orjson.dumps(body or {}),
            method=method,
            headers={
                "Authorization": f"Bearer {self.secret}",
                "Content-Type": "application/json",
                **({"Idempotency-Key": name} if name else {}),
            },
        )
        for attempt in range(1, TRIES + 1):
            try:
                return _answer_to(request)
            except NoAnswer:
                if attempt == TRIES:
                    raise
            time.sleep(_PAUSE_SECONDS)
        raise NoAnswer


class _Unknown(Refused):
    """There is no such thing at the provider."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A provider has one address; where somebody else sends us, our secret does not go."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _answer_to(request: urllib.request.Request) -> dict[str, Any]:
    # No proxy of the environment stands between a machine and itself.
    is_here = urlsplit(request.full_url).hostname in {"127.0.0.1", "localhost", "::1"}
    proxies = [urllib.request.ProxyHandler({})] if is_here else []
    try:
        with urllib.request.build_opener(_NoRedirects, *proxies).open(request, timeout=TIMEOUT_SECONDS) as response:
            answer = orjson.loads(response.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            if error.code == HTTPStatus.NOT_FOUND:
                raise _Unknown from None
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR and error.code not in _TRY_AGAIN:
                raise Refused(f"status {error.code}") from None
        raise NoAnswer(f"status {error.code}") from None
    except (OSError, ValueError) as error:
        # (Time-outs, torn connections and bad HTTP are all of these kinds; so is what is no JSON.)
        raise NoAnswer(type(error).__name__) from error
    if not isinstance(answer, dict):
        raise NoAnswer("an answer that nobody can read")
    return answer


_TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


def payment_report(answer: Mapping[str, Any]) -> PaymentReport:
    """What the provider says of a payment, in an answer or in an event.

    :raises NoAnswer: if that cannot be read.
    """
    try:
        report = PaymentReport(
            reference=str(answer["reference"])[:100],
            state=PaymentState(answer["state"]),
            amount_minor=int(answer["amount_minor"]),
            currency=str(answer["currency"]),
            captured_minor=int(answer["captured_minor"]),
            refunded_minor=int(answer["refunded_minor"]),
            action_url=str(answer.get("action_url") or ""),
            failure=str(answer.get("failure") or "")[:100],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer("an answer that nobody can read") from error
    is_sound = report.reference and 0 <= report.refunded_minor <= report.captured_minor <= report.amount_minor
    if not is_sound:
        raise NoAnswer("an answer that contradicts itself")
    return report
