"""Probes. Alive depends on nothing; ready depends on the database and its migrations, never on Redis."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

_migrated = False


def livez(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest, details: Mapping[str, Callable[[], int]] = MappingProxyType({})) -> JsonResponse:
    """The process can do its work: 200, or 503 with what is missing.

    :param details: figures by name, told with `?details=1` to who looks after the platform. They decide nothing.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            return JsonResponse({"status": "not ready", "missing": "migrations"}, status=503)
    except DatabaseError:
        return JsonResponse({"status": "not ready", "missing": "database"}, status=503)
    found = {"details": _told(details)} if request.GET.get("details") == "1" else {}
    return JsonResponse({"status": "ready"} | found)


def _told(details: Mapping[str, Callable[[], int]]) -> dict[str, int | None]:
    """Each figure, or null where it cannot be had."""
    told: dict[str, int | None] = {}
    for name, figure in details.items():
        try:
            told[name] = figure()
        except DatabaseError:
            told[name] = None
    return told


def _is_migrated() -> bool:
    """Once migrated, always migrated for the life of this process: code and schema move together."""
    global _migrated  # noqa: PLW0603 - one flag a process, set once
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
