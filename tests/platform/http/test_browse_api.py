"""The API by clicking: forms that come filled in, with a fresh key, and links wherever an id leads somewhere."""

import html
import json
import re
from uuid import UUID

import pytest
from django.test import Client

from tests.factories.accounts import PASSWORD, UserFactory
from tests.platform.http import demo

pytestmark = pytest.mark.usefixtures("demo_routes")

BOX = f"/api/v1/boxes/{demo.BOX_ID}"


def _hidden(page: str, name: str) -> list[str]:
    return [html.unescape(value) for value in re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)]


def _bodies(page: str) -> list[object]:
    return [
        json.loads(html.unescape(text)) for text in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    ]


def test_a_form_carries_a_fresh_key_and_a_body_that_is_valid(browser: Client) -> None:
    pages = [browser.get("/api/v1/boxes").content.decode() for _ in range(2)]

    keys = [_hidden(page, "Idempotency-Key") for page in pages]

    assert all(len(found) == 1 and UUID(found[0]) for found in keys)
    assert keys[0] != keys[1]
    assert _bodies(pages[0]) == [{"name": "a box for POST", "sizes": [1, 2]}]
    sent = browser.post(
        "/api/v1/boxes", _bodies(pages[0])[0], content_type="application/json", headers={"Idempotency-Key": keys[0][0]}
    )
    assert sent.status_code == 201
    assert keys[0] == demo.ADMISSIONS


def test_a_form_carries_the_etag_that_the_page_shows(browser: Client) -> None:
    page = browser.get(BOX).content.decode()

    etags = _hidden(page, "If-Match")

    assert etags == ['"7"']
    assert _hidden(page, "Idempotency-Key") == []
    assert 'data-method="PATCH"' in page


def test_an_address_that_only_takes_a_post_shows_its_form_and_the_etag_it_knows(browser: Client) -> None:
    answer = browser.get(f"{BOX}/open")

    page = answer.content.decode()

    assert answer.status_code == 405
    assert "There is nothing to read at this address" in page
    assert 'data-method="POST"' in page
    assert _hidden(page, "If-Match") == ['"8"']
    assert len(_hidden(page, "Idempotency-Key")) == 1
    assert browser.get(f"{BOX}/open", headers={"Accept": "application/json"}).json()["code"] == "method_not_allowed"


def test_a_refused_body_stays_in_its_box_with_the_key_that_the_refusal_asks_for(browser: Client) -> None:
    key = {"Idempotency-Key": "a-key-of-one-s-own"}
    bad, full = {"name": "bad", "sizes": [7]}, {"name": "full"}

    same = browser.post("/api/v1/boxes", bad, content_type="application/json", headers=key).content.decode()
    new = browser.post("/api/v1/boxes", full, content_type="application/json", headers=key).content.decode()

    assert (_bodies(same), _hidden(same, "Idempotency-Key")) == ([bad], ["a-key-of-one-s-own"])
    assert _bodies(new) == [full]
    assert _hidden(new, "Idempotency-Key") != ["a-key-of-one-s-own"]


def test_an_answer_leads_on_to_what_it_made_and_to_its_actions(browser: Client) -> None:
    key = {"Idempotency-Key": "a-key-of-one-s-own"}

    page = browser.post(
        "/api/v1/boxes", {"name": "a box"}, content_type="application/json", headers=key
    ).content.decode()

    assert f'<a class="text" href="{BOX}">' in page
    assert f'<a class="button" href="{BOX}/open">open</a>' in page


def test_an_address_that_needs_parameters_is_led_to_with_those_that_the_view_proposes(browser: Client) -> None:
    page = browser.get(BOX).content.decode()

    ways = re.findall(r'<a class="button[^"]*" href="(/api/v1/boxes/[^"]+)">(?:open|search)<', page)

    assert ways == [f"{BOX}/open", f"{BOX}/search?colour=blue"]


def test_ids_lead_to_pages_and_where_there_is_none_to_actions(browser: Client) -> None:
    page = browser.get("/api/v1/boxes").content.decode()

    links = re.findall(r'href="(/api/v1/(?:boxes|lids)/[^"]+)"', page)

    assert links == [BOX, f"/api/v1/lids/{demo.LID_ID}/turn"]


def test_what_a_view_looks_for_can_be_typed_and_comes_proposed(browser: Client) -> None:
    proposed = browser.get("/api/v1/boxes").content.decode()
    given = browser.get("/api/v1/boxes?colour=blue").content.decode()

    assert 'name="colour" value="red"' in proposed
    assert 'name="colour" value="blue"' in given


def test_text_in_an_answer_is_never_markup(browser: Client) -> None:
    evil = '</textarea><script>alert(1)</script> https://evil.example/"onmouseover="x'

    page = browser.patch(BOX, {"name": evil}, content_type="application/json").content.decode()
    refused = browser.patch(BOX, {"name": [evil], evil: 1}, content_type="application/json").content.decode()

    assert "<script>alert" not in page + refused
    assert 'href="https://evil' not in page + refused
    assert "&lt;script&gt;alert" in page
    assert "&lt;script&gt;alert" in refused


@pytest.mark.django_db
def test_a_person_signs_in_by_address_comes_back_and_is_named(browser: Client) -> None:
    user = UserFactory.create(email="ana@example.com")
    form = browser.get("/api-auth/login/?next=/api/v1/members").content.decode()

    back = browser.post(
        "/api-auth/login/",
        {
            "username": "ana@example.com",
            "password": PASSWORD,
            "next": _hidden(form, "next")[0],
            "csrfmiddlewaretoken": _hidden(form, "csrfmiddlewaretoken")[0],
        },
    )
    page = browser.get("/api/v1/members").content.decode()

    assert (back.status_code, back.headers.get("Location")) == (302, "/api/v1/members")
    assert str(user) in page
    assert "Sign out" in page
    assert 'data-method="POST"' in page


@pytest.mark.django_db
def test_a_signed_in_form_must_prove_that_it_is_ours(browser: Client) -> None:
    browser.force_login(UserFactory.create())
    token = _hidden(browser.get("/api/v1/members").content.decode(), "csrfmiddlewaretoken")[-1]
    body = {"name": "a box"}

    forged = browser.post("/api/v1/members", body, content_type="application/json")
    ours = browser.post("/api/v1/members", body, content_type="application/json", headers={"X-CSRFToken": token})

    assert (forged.status_code, ours.status_code) == (403, 200)


def test_nobody_signed_in_sees_no_form_but_the_way_to_one(browser: Client) -> None:
    page = browser.get("/api/v1/members").content.decode()

    forms = re.findall(r"<form[^>]*data-method", page)

    assert forms == []
    assert 'href="/api-auth/login/?next=/api/v1/members"' in page
