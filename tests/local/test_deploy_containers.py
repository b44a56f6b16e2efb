"""The container files, as far as they can be proven without an engine."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.utils.module_loading import import_string

from config.local import programs
from config.local.production import stand_in_environment

BASE = Path(__file__).resolve().parent.parent.parent
OURS = ("migrate", "web", "worker", "beat", "relay")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BASE / "compose.yaml").read_text())["services"]
    return found


def environment_names(services: dict[str, Any]) -> set[str]:
    return {name for service in OURS for name in services[service]["environment"]}


@pytest.mark.parametrize("name", OURS)
def test_every_command_names_an_existing_entry_point(services: dict[str, Any], name: str) -> None:
    program, *arguments = services[name]["command"]

    if program == "python":
        assert arguments[0] == "manage.py"
        assert arguments[1] in get_commands()
    elif program == "granian":
        module, _, attribute = arguments[-1].partition(":")
        spec = find_spec(module)
        assert spec is not None
        assert f"\n{attribute} = " in Path(str(spec.origin)).read_text()
    else:
        assert (program, arguments[:2]) == ("celery", ["-A", "config.celery"])
        import_string("config.celery.app")
    assert program == "python" or find_spec(program)


def test_the_containers_run_what_the_demo_runs(services: dict[str, Any]) -> None:
    """A queue forgotten in one of the two places would be found in production only."""
    demo = (programs.web(port=8000), programs.worker(), programs.beat(), programs.relay())

    for program in demo:
        own = {word for word in program.arguments if re.fullmatch(r"[a-z_.:,]{4,}", word)} - {"manage.py"}
        assert own <= set(services[program.name]["command"]) | {"granian", "celery"}, program.name
        assert services[program.name]["environment"]["PROCESS_KIND"] == program.environment["PROCESS_KIND"]


def test_the_image_starts_what_compose_calls_web(services: dict[str, Any]) -> None:
    last = re.search(r"CMD \[(.*)\]", (BASE / "Dockerfile").read_text().replace("\\\n", ""))

    assert last is not None
    assert re.findall(r'"([^"]*)"', last[1]) == services["web"]["command"]


def test_production_gets_every_variable_it_demands(services: dict[str, Any]) -> None:
    assert set(stand_in_environment()) <= environment_names(services)


def test_databases_and_brokers_are_reachable_from_inside_only(services: dict[str, Any]) -> None:
    published = {name for name, service in services.items() if service.get("ports")}

    assert published == {"gateway"}
    assert services["gateway"]["ports"][0].startswith("127.0.0.1:")


def test_every_secret_must_be_given() -> None:
    text = (BASE / "compose.yaml").read_text()

    for secret in ("SECRET_KEY", "JWT_SIGNING_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS", "SITE_URL", "EMAIL_URL"):
        assert f"${{{secret}:?" in text
        assert f"${{{secret}:-" not in text
        assert f"${{{secret}}}" not in text


def test_what_has_data_to_lose_has_a_volume(services: dict[str, Any]) -> None:
    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert services["broker"]["volumes"] == ["broker:/data"]
    assert {"--appendonly", "noeviction"} <= set(services["broker"]["command"])


def test_the_image_collects_its_static_files_with_the_stand_ins_of_the_build(tmp_path: Path) -> None:
    dockerfile = (BASE / "Dockerfile").read_text().replace("\\\n", " ")
    build = dict(_assignments(dockerfile))
    script = (
        "from django.conf import settings; from django.core.management import call_command; import django, sys;"
        "settings.STATIC_ROOT = sys.argv[1]; django.setup();"
        "call_command('collectstatic', interactive=False, verbosity=0)"
    )

    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=BASE,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.production", **build},
        check=True,
    )

    assert (tmp_path / "staticfiles.json").exists()
    assert list(tmp_path.glob("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.*.js"))


def _assignments(dockerfile: str) -> Iterator[tuple[str, str]]:
    step = re.search(r"^RUN (SECRET_KEY=.*?) python manage.py collectstatic", dockerfile, re.MULTILINE)
    assert step is not None
    for assignment in step[1].split():
        name, _, value = assignment.partition("=")
        yield name, value
