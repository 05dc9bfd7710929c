"""Class tables over HTTP: in, listed, read. Lean views, documented in class_table_openapi.py."""

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
from apps.tables.class_tables import ClassTable
from apps.tables.documents import class_table_csv, class_table_document
from apps.tables.forms import CLASS_TABLES
from apps.tables.services import put_class_table


def class_tables(request: HttpRequest, run_id: int) -> HttpResponse:
    """The class tables of a run, each with its steps."""
    return list_tables(request, run_id, CLASS_TABLES, "tables")


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def class_table(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    """Store a class table of a run, or read it."""
    return put_or_read(request, run_id, key, _put, _read)


def _put(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    def put(attempt: int, sent: Sent[ClassTable]) -> dict[str, Any]:
        stored = put_class_table(run_id=run_id, attempt=attempt, key=key, step=sent.step, table=sent.table)
        return {"classes": len(sent.table.classes), **stored._asdict()}

    return take_table(request, run_id, key, CLASS_TABLES, put)


def _read(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    found = asked_table(request, run_id, key, CLASS_TABLES)
    if asked_format(request) == "csv":
        return csv_answer(class_table_csv(found.table), found)
    return unkept(json_answer({**place_answer(found), **class_table_document(found.table)}))
