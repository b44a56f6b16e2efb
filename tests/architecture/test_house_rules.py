"""Rules of the house that no linter knows: who writes, whose SQL stands where, what carries its own documentation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps as installed
from django.contrib import admin
from django.db.models import Model

from apps.platform import errors

ROOT = Path(__file__).resolve().parents[2]
APPS = ("platform", "accounts", "inventory", "bookings", "notifications", "reviews")
WRITES = {"save", "create", "update", "delete", "get_or_create", "update_or_create"} | {
    f"bulk_{verb}" for verb in ("create", "update")
}
# Objects whose method of that name is no write to the database.
NO_QUERYSETS = {"request", "self", "digest", "context", "kwargs", "headers", "document", "data", "options"}


def sources(app: str) -> Iterator[Path]:
    """The Python files of an app but its migrations."""
    return (path for path in (ROOT / "apps" / app).rglob("*.py") if "migrations" not in path.parts)


def may_write(path: Path, app: str) -> bool:
    inside = path.relative_to(ROOT / "apps" / app)
    return app == "platform" or inside.parts[0].removesuffix(".py") in {"services", "models"}


@pytest.mark.parametrize("app", APPS)
def test_only_services_and_models_write(app: str) -> None:
    found = []
    for path in sources(app):
        if may_write(path, app):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES):
                continue
            holder = node.func.value
            name = holder.id if isinstance(holder, ast.Name) else ""
            if name not in NO_QUERYSETS and not isinstance(holder, ast.Dict | ast.Set):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} .{node.func.attr}()")

    assert found == []


@pytest.mark.parametrize("app", APPS)
def test_sql_of_a_table_stands_in_the_app_that_owns_it(app: str) -> None:
    others = "|".join(other for other in APPS if other != app)
    foreign_table = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:ONLY\s+)?((?:{others})_[a-z]+)", re.IGNORECASE)

    found = [
        f"{path.relative_to(ROOT)} names {match.group(1)}"
        for path in sources(app)
        for match in foreign_table.finditer(path.read_text())
    ]

    assert found == []


@pytest.mark.parametrize("app", APPS)
def test_requests_do_not_touch_the_broker(app: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sources(app)
        for word in (".delay(", ".apply_async(", "send_task(")
        if word in path.read_text() and path.name not in {"outbox.py"}
    ]

    assert found == []


def test_every_problem_explains_itself() -> None:
    undocumented = [
        code for code, kind in errors.all_codes().items() if not (kind.title and kind.cause and kind.remedy)
    ]

    assert undocumented == []
    assert len(errors.all_codes()) > 20


def test_every_admin_page_of_ours_is_scoped() -> None:
    from apps.platform.admin import ScopedAdmin

    ours = {model: page for model, page in admin.site._registry.items() if model._meta.app_label in APPS}

    assert ours
    assert [model.__name__ for model, page in ours.items() if not isinstance(page, ScopedAdmin)] == []


def test_rows_have_time_ordered_keys_or_keys_of_their_own() -> None:
    odd: list[type[Model]] = [
        model
        for config in installed.get_app_configs()
        if config.label in APPS
        for model in config.get_models()
        if not model._meta.auto_created and model._meta.pk.get_internal_type() == "BigAutoField"
    ]

    assert odd == []


def test_every_task_has_a_name_and_tolerates_newer_arguments() -> None:
    found = []
    for app in APPS:
        for path in sources(app):
            if path.name != "tasks.py":
                continue
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and node.decorator_list:
                    named = any(
                        isinstance(mark, ast.Call) and any(word.arg == "name" for word in mark.keywords)
                        for mark in node.decorator_list
                    )
                    if not named or node.args.kwarg is None:
                        found.append(f"{path.relative_to(ROOT)}:{node.name}")

    assert found == []


def test_the_schedule_names_tasks_that_exist() -> None:
    from django.conf import settings

    from config.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert scheduled <= set(app.tasks)
