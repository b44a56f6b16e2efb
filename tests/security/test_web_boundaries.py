"""Headers, cookies, origins, hosts, errors and dependencies: statements 34 to 37 and 39 of docs/security.md."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from config.local.production import stand_in_environment
from tests.factories.accounts import PASSWORD, UserFactory

BASE = Path(__file__).resolve().parents[2]
PAGES = ("/", "/problems/", "/api/docs/", "/api-auth/login/", "/admin/login/", "/api/v1", "/api/v1/hotels", "/nothing")


def production(code: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """What Python says under the production settings; None removes a variable."""
    environment = stand_in_environment() | {name: value for name, value in changes.items() if value is not None}
    for name in (name for name, value in changes.items() if value is None):
        del environment[name]
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "secret", ["SECRET_KEY", "JWT_SIGNING_KEY", "DATABASE_URL", "REDIS_URL", "BROKER_URL", "ALLOWED_HOSTS", "EMAIL_URL"]
)
def test_production_does_not_start_without_its_secrets(secret: str) -> None:
    """Statement 34."""
    started = production("import django; django.setup()", **{secret: None})

    assert started.returncode != 0
    assert secret in started.stderr


def test_the_deployment_checks_are_clean() -> None:
    """Statement 34: `manage.py check --deploy --fail-level WARNING`."""
    checked = production(
        "import sys; from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    )

    assert checked.returncode == 0, checked.stderr


def test_production_sets_the_cookies_and_headers_of_a_site_with_tls() -> None:
    """Statement 35."""
    asked = (
        "import django; django.setup(); from django.conf import settings as s; from django.test import Client\n"
        "answer = Client(headers={'host': 'reservations.example', 'x-forwarded-proto': 'https'}).get('/livez')\n"
        "print(answer.headers['Strict-Transport-Security'])\n"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE)\n"
        "print(Client(headers={'host': 'evil.example', 'x-forwarded-proto': 'https'}).get('/api/v1').status_code)\n"
        "print(Client(headers={'host': 'reservations.example'}).get('/').status_code, s.DEBUG)\n"
    )

    said = production(asked)

    assert said.stdout.splitlines()[-4:] == [
        "max-age=31536000; includeSubDomains; preload",
        "True True True Lax",
        "400",
        "301 False",
    ], said.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_guarded(client: Client, path: str) -> None:
    """Statement 35."""
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert ("'unsafe-eval'" in policy) == path.startswith("/admin/")
    assert "'unsafe-inline'" not in policy.replace("style-src 'self' 'unsafe-inline'", "")


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*PAGES, "/admin/"])
def test_no_page_carries_a_script_that_the_policy_would_stop(path: str) -> None:
    """Statement 35: a policy that breaks its own pages is soon taken away."""
    browser = Client(headers={"Accept": "text/html"})
    if path == "/admin/":
        from tests.admin.desk import administrator

        browser = administrator()

    page = browser.get(path).content.decode()

    inline = [
        tag for tag in re.findall(r"<script\b[^>]*>", page) if "src=" not in tag and "application/json" not in tag
    ]
    assert inline == []
    assert not re.search(r"<[^>]+\son(click|change|submit|load|error)=", page)
    assert not re.search(r"<(?:script|link|img)\b[^>]*(?:src|href)=\"(?:https?:)?//", page)


@pytest.mark.django_db
def test_a_wrong_host_is_400(client: Client) -> None:
    """Statement 35."""
    answers = [client.get(path, headers={"host": "evil.example"}) for path in ("/api/v1/hotels", "/", "/admin/login/")]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert all("evil.example" not in answer.content.decode() for answer in answers)


@pytest.mark.django_db
def test_another_origin_gets_no_leave_to_read(api: APIClient) -> None:
    """Statement 36."""
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answers = [api.get("/api/v1/hotels", headers=origin), api.options("/api/v1/hotels", headers=origin)]

    for answer in answers:
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.django_db
def test_a_session_writes_only_with_its_csrf_token() -> None:
    """Statement 36."""
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(UserFactory.create())

    answers = [browser.patch("/api/v1/me", {"full_name": "Eve"}), browser.delete("/api/v1/me/sessions")]

    assert browser.get("/api/v1/me").status_code == 200
    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.django_db
def test_a_token_counts_in_the_header_alone(api: APIClient) -> None:
    """Statement 36: neither from a cookie nor from the address."""
    token = accounts.sign_in(email=UserFactory.create().email, password=PASSWORD).access
    for name in ("access", "access_token", "token", "jwt", "Authorization"):
        api.cookies[name] = token

    by_cookie = api.get("/api/v1/me")
    by_query = [APIClient().get("/api/v1/me", {name: token}) for name in ("access", "access_token", "token", "jwt")]

    assert by_cookie.status_code == 401
    assert {answer.status_code for answer in by_query} <= {400, 401}


@pytest.mark.django_db
def test_an_error_of_ours_tells_the_request_id_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statement 37."""
    api = APIClient(raise_request_exception=False)

    # (Not in the line that raises it: the log shows that line.)
    secret = "secret: ada@guests.example"

    def broken(**_: Any) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("apps.inventory.selectors.hotels", broken)
    answer = api.get("/api/v1/hotels", headers={"X-Request-Id": "the-id-4711"})

    assert answer.status_code == 500
    assert answer.json()["request_id"] == "the-id-4711"
    assert not re.search(r"Traceback|RuntimeError|secret|File \"|apps/", answer.content.decode())


@override_settings(DEBUG=False)
@pytest.mark.django_db
def test_nobody_learns_which_software_answers(client: Client, settings: Settings) -> None:
    """Anonymous and unknown callers get no information."""
    for path in (*PAGES, "/api/v1/bookings", "/api/v1/nothing", "/static/nothing.css"):
        answer = client.get(path)
        told = f"{answer.headers} ".lower()
        assert not re.search(r"x-powered-by|server:|django/|python/|granian|gunicorn", told), path


def test_every_requirement_is_pinned_with_hashes() -> None:
    """Statement 39."""
    for name in ("base", "local", "dev", "production"):
        text = (BASE / "requirements" / f"{name}.txt").read_text()
        packages = re.findall(r"^([a-z0-9][^\s=<>;]*)(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
        assert len(packages) > 20
        assert [package for package, rest in packages if "==" not in rest or "--hash=sha256:" not in rest] == []


def test_the_image_does_not_run_as_root() -> None:
    """Statement 39. (What is published to the outside: tests/local/test_deploy_containers.py.)"""
    users = re.findall(r"^USER (\S+)$", (BASE / "Dockerfile").read_text(), re.MULTILINE)

    assert users
    assert users[-1].split(":")[0] not in {"root", "0"}
