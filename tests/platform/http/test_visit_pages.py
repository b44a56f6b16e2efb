"""The pages of the site: complete, linked, and made of nothing from outside."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory
from pytest_django import Settings

from apps.platform import errors
from apps.platform.http import pages

pytestmark = pytest.mark.django_db

_LOADED = re.compile(r"""(?:src|href|action)=["']([^"']+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


def _addresses(page: str) -> list[str]:
    return ["".join(found) for found in _LOADED.findall(page)]


def _outside(page: str) -> list[str]:
    return [address for address in _addresses(page) if re.match(r"(?:https?:)?//(?!testserver/)", address)]


def _of_the_platform() -> dict[str, type[errors.Problem]]:
    return {code: kind for code, kind in errors.all_codes().items() if kind.__module__.startswith("apps.")}


def test_every_problem_has_a_page_with_cause_remedy_and_nothing_from_outside(client: Client) -> None:
    kinds = _of_the_platform()

    answers = {code: client.get(f"/problems/{code}") for code in kinds}

    assert len(kinds) > 20
    assert {code: answer.status_code for code, answer in answers.items() if answer.status_code != 200} == {}
    texts = {code: answer.content.decode() for code, answer in answers.items()}
    assert [code for code, text in texts.items() if f"<code>{code}</code>" not in text] == []
    assert [code for code, kind in kinds.items() if not (kind.title and kind.cause and kind.remedy)] == []
    assert [code for code, text in texts.items() if _outside(text)] == []


def test_the_index_of_problems_links_each_page(client: Client) -> None:
    codes = _of_the_platform()

    page = client.get("/problems/").content.decode()

    assert [code for code in codes if f'href="/problems/{code}"' not in page] == []


def test_an_unknown_problem_has_no_page(client: Client) -> None:
    address = "/problems/never_heard_of"

    answer = client.get(address)

    assert answer.status_code == 404


def test_every_link_of_the_start_page_leads_somewhere(client: Client) -> None:
    page = client.get("/").content.decode()

    links = [address for address in _addresses(page) if address.startswith("/") and not address.startswith("/static/")]
    answers = {link: client.get(link).status_code for link in links}

    assert {"/api/v1", "/api/docs/", "/admin/", "/problems/", "/mailbox/"} <= set(links)
    assert {link: status for link, status in answers.items() if status not in {200, 302}} == {}


@pytest.mark.parametrize("address", ["/", "/problems/", "/api/v1", "/api/docs/", "/api-auth/login/", "/nothing"])
def test_a_page_loads_nothing_from_outside_and_only_files_that_exist(client: Client, address: str) -> None:
    page = client.get(address, headers={"Accept": "text/html"}).content.decode()

    files = [link.removeprefix("/static/") for link in _addresses(page) if link.startswith("/static/")]

    assert _outside(page) == []
    assert [name for name in files if finders.find(name) is None] == []


def test_our_own_style_and_script_load_nothing_from_outside() -> None:
    folder = Path(__file__).parents[3] / "apps" / "platform" / "static" / "platform"

    files = {file.name: file.read_text() for file in folder.iterdir()}

    assert {"site.css", "browsable.js", "icon.svg"} <= set(files)
    assert [name for name, text in files.items() if _outside(text)] == []


def test_the_docs_read_our_schema_and_ask_no_validator_outside(client: Client) -> None:
    # (Two files: a page whose script stands in the page itself would not run under our own policy.)
    page = client.get("/api/docs/").content.decode()
    script = client.get("/api/docs/?script=").content.decode()

    schema = client.get("/api/schema/")

    assert '<script src="/api/docs/?script=">' in page
    assert 'url: "/api/schema/"' in script
    assert '"validatorUrl": null' in script
    assert schema.status_code == 200
    assert b"openapi: 3.1" in schema.content


@pytest.fixture
def deployed_routes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of a deployment without config.local: the same module, loaded anew under its settings."""
    settings.LOCAL_PAGES = False
    spec = importlib.util.find_spec("config.urls")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "deployed_urls", module)
    settings.ROOT_URLCONF = "deployed_urls"


def test_in_development_the_start_page_leads_to_the_mailbox(client: Client) -> None:
    page = client.get("/").content.decode()

    links = _addresses(page)

    assert "/mailbox/" in links
    assert client.get("/mailbox/").status_code == 200


@pytest.mark.usefixtures("deployed_routes")
def test_in_a_deployment_there_is_neither_mailbox_nor_demo_account(client: Client) -> None:
    page = client.get("/").content.decode()

    links = _addresses(page)

    assert "/api/docs/" in links
    assert "/mailbox/" not in links
    assert "demo.example" not in page
    assert client.get("/mailbox/").status_code == 404


def test_the_demo_s_accounts_are_named_without_their_password(rf: RequestFactory) -> None:
    accounts = (("guest@demo.example", "a guest"),)

    page = pages.start(rf.get("/"), accounts=accounts).content.decode()

    assert "guest@demo.example" in page
    assert "printed in its terminal" in page


def test_pages_are_found_without_their_last_slash(client: Client) -> None:
    addresses = ["/admin", "/problems", "/api/docs", "/api/schema", "/mailbox"]

    answers = [client.get(address) for address in addresses]

    assert [answer.headers.get("Location") for answer in answers] == [f"{address}/" for address in addresses]
