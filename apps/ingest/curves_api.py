"""ROC, precision-recall and calibration curves over HTTP: in, listed, read. Lean views, documented in
curves_openapi.py."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.core.answers import json_answer
from apps.ingest.table_requests import (
    asked_format,
    asked_table,
    csv_answer,
    list_tables,
    put_or_read,
    take_table,
    unkept,
)
from apps.tables.answers import place_answer
from apps.tables.body_parts import Sent
from apps.tables.curves import Curves
from apps.tables.documents import curves_csv, curves_document
from apps.tables.forms import CURVES
from apps.tables.services import put_curves


def curve_keys(request: HttpRequest, run_id: int) -> HttpResponse:
    """The sets of curves of a run, each with its steps."""
    return list_tables(request, run_id, CURVES, "curves")


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def curves(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    """Store the curves of a run, or read them."""
    return put_or_read(request, run_id, key, _put, _read)


def _put(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    def put(attempt: int, sent: Sent[Curves]) -> dict[str, Any]:
        stored = put_curves(run_id=run_id, attempt=attempt, key=key, step=sent.step, curves=sent.table)
        return {"classes": len(sent.table.classes), **stored._asdict()}

    return take_table(request, run_id, key, CURVES, put)


def _read(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    found = asked_table(request, run_id, key, CURVES)
    if asked_format(request) == "csv":
        return csv_answer(curves_csv(found.table), found)
    return unkept(json_answer({**place_answer(found), **curves_document(found.table)}))
