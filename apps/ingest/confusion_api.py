"""Confusion matrices over HTTP: in, listed, read. Lean views, documented in confusion_openapi.py."""

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
from apps.tables.answers import place_answer
from apps.tables.body_parts import Sent
from apps.tables.documents import matrix_cells, matrix_csv, matrix_places, matrix_whole
from apps.tables.errors import MAX_DENSE
from apps.tables.forms import CONFUSION
from apps.tables.matrices import Matrix
from apps.tables.services import put_matrix

LAYOUTS = {"whole": matrix_whole, "cells": matrix_cells, "places": matrix_places}


def confusion_matrices(request: HttpRequest, run_id: int) -> HttpResponse:
    """The confusion matrices of a run, each with its steps."""
    return list_tables(request, run_id, CONFUSION, "matrices")


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def confusion_matrix(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    """Store a confusion matrix of a run, or read it."""
    return put_or_read(request, run_id, key, _put, _read)


def _put(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    def put(attempt: int, sent: Sent[Matrix]) -> dict[str, Any]:
        stored = put_matrix(run_id=run_id, attempt=attempt, key=key, step=sent.step, matrix=sent.table)
        return {"classes": len(sent.table.classes), "examples": sent.table.total, **stored._asdict()}

    return take_table(request, run_id, key, CONFUSION, put)


def _read(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    found = asked_table(request, run_id, key, CONFUSION)
    matrix = found.table
    if asked_format(request) == "csv":
        return csv_answer(matrix_csv(matrix), found)
    layout = request.GET.get("layout") or ("whole" if len(matrix.classes) <= MAX_DENSE else "cells")
    if layout not in LAYOUTS:
        said = f"{layout[:40]!r} is none of them"
        raise Invalid(f"layout is one of {', '.join(LAYOUTS)}.", fields={"layout": said})
    if layout == "whole" and len(matrix.classes) > MAX_DENSE:
        said = f"this matrix has {len(matrix.classes):,} classes; at most {MAX_DENSE:,} are answered whole"
        raise Invalid("Ask for layout=cells or layout=places.", fields={"layout": said})
    return unkept(json_answer({**place_answer(found), "examples": matrix.total, **LAYOUTS[layout](matrix)}))
