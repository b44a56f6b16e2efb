"""The benchmark of tokens: that it verifies what it counts. Figures are not judged: they are the machine's."""

from dataclasses import replace

import pytest

from config.local.bench import auth
from config.local.errors import LocalServersError

# (Nothing is asked of it, but a request looks after connections that earlier tests have left open.)
pytestmark = pytest.mark.django_db


def test_a_short_run_measures_all_four_algorithms() -> None:
    figures = auth.run_auth(seconds=0.1)

    assert {one.algorithm for one in figures} == {"HS256", "RS256", "ES256", "EdDSA"}
    assert all(one.requests_per_second > 0 and one.verify_us > 0 and one.sign_us > 0 for one in figures)
    assert all(f"| {one.algorithm:9} |" in auth.auth_table(figures) for one in figures)


def test_a_request_with_another_key_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark that does not notice a forgery verifies nothing."""
    mixed = tuple(
        replace(mine, verifying_key=other.verifying_key)
        for mine, other in zip(auth.contenders(), auth.contenders(), strict=True)
    )
    monkeypatch.setattr(auth, "contenders", lambda: mixed)

    with pytest.raises(LocalServersError, match="HS256 was answered with 500"):
        auth.run_auth(seconds=0.1)
