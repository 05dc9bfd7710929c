"""Whether the process lives and whether it can serve."""

from collections.abc import Callable
from functools import partial

from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core.health import broker_reachable, database_answers, migrations_applied


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers. Touches nothing else, so that a database away does not get the process killed."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when databases answer, migrations are applied and the broker is reachable; else 503 with what is not."""
    checks = {"broker": _state(broker_reachable)}
    for alias in connections:
        checks[f"database {alias}"] = _state(partial(database_answers, alias))
        checks[f"migrations {alias}"] = _state(partial(migrations_applied, alias))
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ready" if ready else "not_ready", "checks": checks}, status=200 if ready else 503)


def _state(check: Callable[[], str]) -> str:
    """What the check says; the kind of error when it raises (its text may hold a password)."""
    try:
        return check()
    except Exception as error:
        return f"failed: {type(error).__name__}"
