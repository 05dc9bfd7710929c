"""The card of a run, which a report shows beside a mention."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.history.queries import heads
from apps.runs.access import readable_run

SHOWN = 6  # settings, and metrics


@require_safe
def run_card(request: HttpRequest, run_id: int) -> HttpResponse:
    """A fragment: name, state, the first of its settings, the last values of some metrics."""
    run = readable_run(request.user, run_id)
    logged = heads([run.id]).get(run.id, {})
    named = [key for key in sorted(logged) if not key.startswith("system/")] or sorted(logged)
    context = {
        "run": run,
        "config": list(islice(_settings(run.config), SHOWN)),
        "metrics": [(key, logged[key].last) for key in named[:SHOWN]],
        "more": max(0, len(named) - SHOWN),
    }
    response = render(request, "reports/_run_card.html", context)
    response["Cache-Control"] = "private, max-age=10"
    response["Vary"] = "Cookie"
    return response


def _settings(config: object, before: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values, those inside of others by their path."""
    for name, value in config.items() if isinstance(config, Mapping) else ():
        if isinstance(value, Mapping) and value:
            yield from _settings(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
