"""Limits per class of routes, which never stand in the way of a sale when Redis is away."""

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.platform.http.throttling import RouteClassThrottle
from config.settings.base import redis_settings

pytestmark = pytest.mark.usefixtures("demo_routes")


@pytest.fixture
def two_searches_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "search", "2/min")
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "default", "1/min")


@pytest.mark.usefixtures("two_searches_a_minute")
def test_beyond_the_limit_the_answer_says_how_long_to_wait(api: APIClient) -> None:
    statuses = [api.get("/api/v1/searched").status_code for _ in range(2)]

    refused = api.get("/api/v1/searched")

    assert statuses == [200, 200]
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


@pytest.mark.usefixtures("two_searches_a_minute")
def test_the_limit_of_one_class_does_not_touch_another(api: APIClient) -> None:
    searches = [api.get("/api/v1/searched").status_code for _ in range(3)]

    others = [api.get("/api/v1/boxes").status_code for _ in range(2)]

    assert searches == [200, 200, 429]
    assert others == [200, 429]


@pytest.mark.usefixtures("two_searches_a_minute")
def test_without_redis_the_doors_stay_open(api: APIClient, settings: Settings) -> None:
    nobody = "redis://127.0.0.1:1/0"
    settings.CACHES = redis_settings(cache_url=nobody, broker_url=nobody, lock_urls=[nobody])["CACHES"]

    statuses = [api.get("/api/v1/searched").status_code for _ in range(4)]

    assert statuses == [200] * 4


@pytest.mark.django_db
def test_signing_in_by_hand_is_limited_like_signing_in_by_token(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "sign_in", "1/min")
    form = {"username": "nobody@example.com", "password": "a wrong one"}

    answers = [api.post("/api-auth/login/", form, format="multipart") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) >= 1
