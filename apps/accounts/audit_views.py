"""The audit log of a team, for its admins: a page with a filter, and the same as CSV."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.access import administered_team
from apps.accounts.audit import record
from apps.accounts.models import AuditEvent
from apps.accounts.queries import SUBJECTS, AuditFilter, audit_events
from apps.core.errors import Invalid
from apps.core.sheets import cell_text

PAGE_LENGTH = 100
CSV_COLUMNS = ("at", "who", "action", "target", "address", "key", "facts")


@login_required
@never_cache
@require_safe
def audit_page(request: HttpRequest, team: str) -> HttpResponse:
    found = administered_team(request.user, team)
    problem = ""
    try:
        wanted = _filter(request.GET)
    except Invalid as error:
        wanted, problem = AuditFilter(), error.message
    events = audit_events(found, wanted)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        events = events.filter(id__lt=int(before))
    page = list(events[: PAGE_LENGTH + 1])
    context = {
        "team": found,
        "is_admin": True,
        "here": "audit",
        "events": page[:PAGE_LENGTH],
        "older": _older(request.GET, page[PAGE_LENGTH - 1].id) if len(page) > PAGE_LENGTH else "",
        "subjects": SUBJECTS,
        "wanted": wanted,
        "query": _without_cursor(request.GET),
        "problem": problem,
        "days": settings.AUDIT_DAYS,
    }
    return render(request, "accounts/audit.html", context, status=400 if problem else 200)


@login_required
@never_cache
@require_safe
def audit_csv(request: HttpRequest, team: str) -> StreamingHttpResponse:
    """All events of the filter, one a line, as long as the log goes back."""
    found = administered_team(request.user, team)
    events = audit_events(found, _filter(request.GET))
    record(request.user, "export.audit_log", team=found, target=found.slug)
    response = StreamingHttpResponse(_lines(events.iterator(chunk_size=1000)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{found.slug}.csv"'
    return response


def _filter(params: QueryDict) -> AuditFilter:
    return AuditFilter(
        subject=params.get("about", "") if params.get("about") in SUBJECTS else "",
        who=params.get("who", "").strip()[:150],
        since=_day(params, "since"),
        until=_day(params, "until"),
    )


def _day(params: QueryDict, name: str) -> date | None:
    text = params.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(f"A day is written 2026-11-21; {text[:40]!r} came.", fields={name: "not a day"}) from error


def _older(params: QueryDict, before: int) -> str:
    query = params.copy()
    query["before"] = str(before)
    return "?" + query.urlencode()


def _without_cursor(params: QueryDict) -> str:
    query = params.copy()
    query.pop("before", None)
    return query.urlencode()


class _Line:
    """A file for the csv module that gives each line back."""

    def write(self, text: str) -> str:
        return text


def _lines(events: Iterator[AuditEvent]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(CSV_COLUMNS)
    for event in events:
        row: list[Any] = [event.at.isoformat(), event.actor_name, event.action, event.target, event.address or ""]
        row += [event.key_prefix, json.dumps(event.facts, sort_keys=True) if event.facts else ""]
        yield writer.writerow([cell_text(str(cell)) for cell in row])
