"""Mail goes over real SMTP into the local mailbox page."""

import re
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from config.local import programs
from config.local.mails import find_mail, latest_mails
from config.local.ports import free_port
from config.local.stack import Stack

BASE = Path(__file__).resolve().parent.parent.parent
urlpatterns = [path("mailbox/", include("config.local.urls"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mailbox")


@pytest.fixture(scope="module")
def smtp_port(folder: Path) -> Iterator[int]:
    port = free_port()
    with Stack([programs.mail(port=port, folder=folder)], environment={}, folder=BASE):
        yield port


@pytest.fixture
def browser(folder: Path, settings: Settings) -> Client:
    settings.MAILBOX_DIR = folder
    settings.ROOT_URLCONF = __name__
    return Client()


def send(port: int, *, subject: str, text: str = "Welcome.", html: str = "", to: str = "ana@guest.example") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@hotel.example", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)


def test_a_sent_mail_is_there_when_the_server_has_accepted_it(smtp_port: int, folder: Path) -> None:
    send(smtp_port, subject="Confirmação", text="Olá, José", html="<h1>Olá</h1>", to="josé@guest.example")

    [mail] = [mail for mail in latest_mails(folder) if mail.subject == "Confirmação"]

    assert mail.text.strip() == "Olá, José"
    assert mail.html.strip() == "<h1>Olá</h1>"
    assert mail.recipients == "josé@guest.example"


def test_the_list_shows_the_newest_mail_first(smtp_port: int, browser: Client) -> None:
    send(smtp_port, subject="Older")
    send(smtp_port, subject="Newer")

    page = browser.get("/mailbox/").content.decode()

    assert page.index("Newer") < page.index("Older")


def test_a_mail_cannot_run_or_load_anything_in_the_page(smtp_port: int, folder: Path, browser: Client) -> None:
    send(smtp_port, subject="<script>alert(1)</script>", html='<script>alert(2)</script><a href="/x">go</a>')
    key = latest_mails(folder)[0].key

    answer = browser.get(f"/mailbox/{key}")

    page = answer.content.decode()
    assert "<script" not in page
    assert re.search(r'<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="', page)
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_key_is_never_a_path(folder: Path) -> None:
    (folder.parent / "secret.eml").write_text("Subject: secret\n\n")

    assert find_mail(folder, "../secret") is None


def test_a_half_written_mail_is_not_listed(smtp_port: int, folder: Path) -> None:
    send(smtp_port, subject="Whole")
    before = len(latest_mails(folder))

    (folder / ".01795345337918930512-6675b476").write_bytes(b"Subject: half")

    assert len(latest_mails(folder)) == before


def test_emptying_removes_every_mail(smtp_port: int, folder: Path, browser: Client) -> None:
    send(smtp_port, subject="Soon gone")

    answer = browser.post("/mailbox/empty", follow=True)

    assert "No mail yet" in answer.content.decode()
    assert latest_mails(folder) == []
