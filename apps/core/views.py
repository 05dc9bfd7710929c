"""Whether the process lives and whether it can serve."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from celery import current_app
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

BROKER_SECONDS = 2


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers. Touches nothing else, so that a database away does not get the process killed."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when databases answer, migrations are applied and the broker is reachable; else 503 with what is not."""
    checks = {"broker": _state(_broker)}
    for alias in connections:
        checks[f"database {alias}"] = _state(partial(_database, alias))
        checks[f"migrations {alias}"] = _state(partial(_migrations, alias))
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ready" if ready else "not_ready", "checks": checks}, status=200 if ready else 503)


def _state(check: Callable[[], str]) -> str:
    """What the check says; the kind of error when it raises (its text may hold a password)."""
    try:
        return check()
    except Exception as error:
        return f"failed: {type(error).__name__}"


def _database(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations(alias: str) -> str:
    executor = MigrationExecutor(connections[alias])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else "ok"


def _broker() -> str:
    folder = current_app.conf.broker_transport_options.get("data_folder_out")
    if folder is not None:
        return "ok" if Path(folder).is_dir() else "its folder is missing"
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as connection:
        connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    return "ok"
