"""Histograms over HTTP: in, listed, read, and those of all steps together. Lean views, documented in
histogram_openapi.py."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.core.answers import json_answer
from apps.core.errors import Invalid
from apps.ingest.table_requests import (
    asked_format,
    asked_table,
    csv_answer,
    list_tables,
    put_or_read,
    take_table,
    unkept,
)
from apps.runs.grants import require_read_grants
from apps.tables.answers import over_steps_answer, place_answer
from apps.tables.body_parts import Sent
from apps.tables.documents import histogram_csv, histogram_document
from apps.tables.forms import HISTOGRAM
from apps.tables.histogram_steps import over_steps
from apps.tables.histograms import Histogram
from apps.tables.services import put_histogram


def histogram_keys(request: HttpRequest, run_id: int) -> HttpResponse:
    """The histograms of a run, each with its steps."""
    return list_tables(request, run_id, HISTOGRAM, "histograms")


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def histogram(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    """Store a histogram of a run, or read one, or with ?over=steps what all steps have on common bins."""
    return put_or_read(request, run_id, key, _put, _read)


def _put(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    def put(attempt: int, sent: Sent[Histogram]) -> dict[str, Any]:
        count, replaced = put_histogram(run_id=run_id, attempt=attempt, key=key, step=sent.step, histogram=sent.table)
        return {"bins": len(sent.table.counts), "histograms": count, "replaced": replaced}

    return take_table(request, run_id, key, HISTOGRAM, put)


def _read(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    over = request.GET.get("over", "")
    if over not in ("", "steps"):
        raise Invalid("over is steps, or left out.", fields={"over": f"{over[:40]!r} is not"})
    if over:
        require_read_grants(request, [run_id])
        return unkept(json_answer(over_steps_answer(key, over_steps(run_id, key))))
    found = asked_table(request, run_id, key, HISTOGRAM)
    if asked_format(request) == "csv":
        return csv_answer(histogram_csv(found.table), found)
    return unkept(json_answer({**place_answer(found), **histogram_document(found.table)}))
