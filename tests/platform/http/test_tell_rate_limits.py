"""Each answer says what is left of the limit; an API key brings a limit of its own."""

import pytest
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.platform.http.throttling import RouteClassThrottle
from config.settings.base import redis_settings
from tests.accounts.test_use_api_keys import issued, with_key
from tests.factories.inventory import HotelFactory


@pytest.fixture(autouse=True)
def nothing_counted_yet(db: None) -> None:
    cache.clear()


def test_the_answer_says_what_is_allowed_and_what_is_left(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "default", "2/min")

    answers = [api.get("/api/v1/hotels") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"default";q=2;w=60'}
    left = [answer.headers["RateLimit"].split(";")[:2] for answer in answers]
    assert left == [['"default"', "r=1"], ['"default"', "r=0"], ['"default"', "r=0"]]
    assert 1 <= int(answers[2].headers["RateLimit"].rpartition("t=")[2]) <= 60


def test_without_redis_nothing_is_claimed(api: APIClient, settings: Settings) -> None:
    nobody = "redis://127.0.0.1:1/0"
    settings.CACHES = redis_settings(cache_url=nobody, broker_url=nobody, lock_urls=[nobody])["CACHES"]

    answer = api.get("/api/v1/hotels")

    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers


def test_a_key_has_its_own_limit_instead_of_that_of_the_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "default", "1/min")
    hotel = HotelFactory.create()
    generous, narrow = issued(hotel, requests_per_minute=4), issued(hotel, requests_per_minute=2)

    many = [with_key(generous.secret).get("/api/v1/hotels").status_code for _ in range(5)]
    few = [with_key(narrow.secret).get("/api/v1/hotels") for _ in range(3)]

    assert many == [200, 200, 200, 200, 429]
    assert [answer.status_code for answer in few] == [200, 200, 429]
    assert few[0].headers["RateLimit-Policy"] == '"key";q=2;w=60'
