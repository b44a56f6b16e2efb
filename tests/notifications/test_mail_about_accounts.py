"""Mails with a code: from the request to the mail that arrived, and nothing kept on the way."""

import re
from typing import Any

import orjson
import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.notifications.models import Delivery
from apps.platform import outbox
from apps.platform.models import OutboxMessage
from tests.factories.accounts import PASSWORD, UserFactory
from tests.notifications.mailbox import Mailbox, html_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "nine-yellow-doors"


def deliver(*, times: int = 1) -> None:
    for topic in ("account.mail_requested", "delivery.queued"):
        for message in OutboxMessage.objects.filter(topic=topic):
            for handler in outbox.handlers_of(topic):
                for _ in range(times):
                    outbox.deliver(message.id, handler.name)


def code_in(text: str) -> str:
    (code,) = re.findall(r"^    (\S{60,})\s*$", text, re.MULTILINE)
    return str(code)


def sign_up(api: APIClient) -> Any:
    body = {"email": "ana@example.com", "password": PASSWORD, "full_name": "Visit evil.example now"}
    return api.post("/api/v1/auth/signup", body)


def test_who_signs_up_gets_a_mail_whose_code_verifies_the_address(api: APIClient, mailbox: Mailbox) -> None:
    sign_up(api)

    deliver(times=2)

    mail = mailbox.only()
    assert (mail["To"], mail["Subject"]) == ("ana@example.com", "Verify your address")
    code = code_in(text_of(mail))
    assert code in html_of(mail)
    assert "https://stay.example:8443/account/verify" in text_of(mail)
    assert api.post("/api/v1/auth/verify-email", {"token": code}).status_code == 204


def test_a_sign_up_for_a_known_address_tells_its_owner(api: APIClient, mailbox: Mailbox) -> None:
    """Statement 15 of docs/security.md: the same answer, and a mail to whom it concerns."""
    UserFactory.create(email="ana@example.com", full_name="Ana")

    answer = sign_up(api)
    deliver()

    mail = mailbox.only()
    assert answer.status_code == 201
    assert mail["Subject"] == "You have an account already"
    reset = api.post("/api/v1/auth/password-reset/confirm", {"token": code_in(text_of(mail)), "password": NEW})
    assert reset.status_code == 204
    assert accounts.sign_in(email="ana@example.com", password=NEW).access


def test_who_forgot_the_password_gets_a_mail_whose_code_sets_another(api: APIClient, mailbox: Mailbox) -> None:
    UserFactory.create(email="ana@example.com")
    api.post("/api/v1/auth/password-reset", {"email": "Ana@Example.com"})

    deliver()

    mail = mailbox.only()
    assert mail["Subject"] == "Your code for a new password"
    code = code_in(text_of(mail))
    assert api.post("/api/v1/auth/password-reset/confirm", {"token": code, "password": NEW}).status_code == 204


def test_an_address_that_nobody_has_gets_no_mail(api: APIClient, mailbox: Mailbox) -> None:
    """Statement 15 of docs/security.md."""
    api.post("/api/v1/auth/password-reset", {"email": "nobody@example.com"})

    deliver()

    assert mailbox.messages() == []
    assert not Delivery.objects.exists()


def test_a_stranger_does_not_choose_what_the_mail_says(api: APIClient, mailbox: Mailbox) -> None:
    sign_up(api)

    deliver()

    mail = mailbox.only()
    assert "evil" not in text_of(mail) + html_of(mail) + str(mail["Subject"])


def test_the_code_is_in_the_mail_and_nowhere_else(
    api: APIClient, mailbox: Mailbox, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Statement 16 of docs/security.md."""
    sign_up(api)

    deliver()

    proof = code_in(text_of(mailbox.only()))[24:40]
    stored = [*Delivery.objects.values_list(), *OutboxMessage.objects.values_list()]
    logged = caplog.text + "".join(capfd.readouterr())
    assert "signup" in logged
    assert proof not in repr(stored) + logged


def test_the_list_of_ones_mails_shows_no_code(api: APIClient, mailbox: Mailbox) -> None:
    sign_up(api)
    deliver()
    proof = code_in(text_of(mailbox.only()))[24:40]
    access = accounts.sign_in(email="ana@example.com", password=PASSWORD).access

    listed = api.get("/api/v1/notifications", headers={"Authorization": f"Bearer {access}"})

    assert "Verify your address" in listed.content.decode()
    assert proof not in orjson.dumps(listed.json()).decode()
