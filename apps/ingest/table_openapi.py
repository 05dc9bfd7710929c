"""What the OpenAPI documents of all kinds of tables share."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.ingest.console_openapi import ENCODING, RUN, json_of, refused
from apps.tables.errors import MAX_NAME_LENGTH

COUNT = {"type": "integer", "minimum": 0}
STEP = {
    "oneOf": [{"type": "integer", "format": "int64"}, {"type": "string", "pattern": "^[+-]?[0-9]+$"}],
    "description": "-2^63..2^63-1, exactly. As text where JSON numbers are inexact (beyond ±2^53).",
}
NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH}
ADDRESS = {
    "step": STEP,
    "attempt": {"type": "integer", "minimum": 1, "description": "Of the run; default: the newest."},
}
PLACE = {
    "key": {"type": "string"},
    "step": STEP,
    "attempt": {"type": "integer"},
    "logged_at": {"type": "integer", "description": "ms since epoch UTC"},
}
STOP = {"type": "boolean", "description": "true when the run is asked to end, else left out"}
KEY = {"name": "key", "in": "path", "required": True, "schema": NAME, "description": "It may hold slashes."}
STEP_ASKED = {"name": "step", "in": "query", "schema": STEP, "description": "Default: the newest."}
FORMAT_ASKED = {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json", "csv"]}}
READ_REFUSALS = {
    "400": "The question cannot be answered; `fields` says why.",
    "401": "No key, or not a good one.",
    "404": "No such run or table, or not yours.",
    "503": "The database is away; try again after `Retry-After` seconds.",
}
WRITE_REFUSALS = {
    "400": "Something cannot be taken; `fields` has the path of each bad value. Nothing was stored.",
    "401": "No key, or not a good one.",
    "403": "The key may not write.",
    "404": "No such run, or not yours.",
    "409": "`too_many_tables`: the table has too many steps, or the run too many tables. `run_archived`: restore it.",
    "413": "The body is too large.",
    "415": "An unknown Content-Encoding.",
    "429": "`quota_reached`: the team may store no more points.",
    "503": "The database is full, read-only or away. Nothing was stored; send it again after `Retry-After` seconds.",
}


class Described(NamedTuple):
    """What is said of one kind of table. Texts of people, schemas of what is sent and answered.

    path: below a run. named: with its article; plural: of them all. member: of the list's answer; listed: its content.
    operations: ids of the list, of one and of its upload. asked: parameters of one beside run and key. bounds: what is
    said of the limits of an upload.
    """

    path: str
    named: str
    plural: str
    member: str
    listed: str
    operations: tuple[str, str, str]
    read: str
    asked: Sequence[dict[str, Any]]
    answers: str
    answer: dict[str, Any]
    body: dict[str, Any]
    examples: dict[str, Any]
    receipt: dict[str, Any]
    bounds: str


def describe(result: dict[str, Any], kind: Described) -> None:
    """Add /api/v1/runs/{run_id}/<path>/ and what is below it to the document."""
    get_all, get_one, put_one = kind.operations
    path = f"/api/v1/runs/{{run_id}}/{kind.path}/"
    reads = {"tags": [kind.plural], "security": [{"apiKey": []}, {"session": []}, {}]}  # signed in or not
    result["paths"][path] = {
        "get": {
            **reads,
            "operationId": get_all,
            "description": f"The {kind.plural} of a run and their steps.",
            "parameters": [RUN],
            "responses": {
                "200": json_of(f"The {kind.listed} by name.", _listed(kind.member)),
                **refused(READ_REFUSALS),
            },
        }
    }
    result["paths"][path + "{key}/"] = {
        "get": {
            **reads,
            "operationId": get_one,
            "description": kind.read,
            "parameters": [RUN, KEY, *kind.asked],
            "responses": {"200": json_of(kind.answers, kind.answer), **refused(READ_REFUSALS)},
        },
        "post": {
            "tags": [kind.plural],
            "security": [{"apiKey": []}, {"session": []}],
            "operationId": put_one,
            "summary": f"Store {kind.named} of a run",
            "description": (
                "All or nothing, and durable when it answers. At the same step and attempt it takes the place of what "
                f"was there, so retry as often as you like. {kind.bounds}"
            ),
            "parameters": [RUN, KEY, ENCODING],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": kind.body, "examples": kind.examples}},
            },
            "responses": {"200": json_of("A receipt.", kind.receipt), **refused(WRITE_REFUSALS)},
        },
    }


def _listed(plural: str) -> dict[str, Any]:
    """The answer of a list. plural: its member."""
    one = {
        "type": "object",
        "properties": {
            "key": {"type": "string"},
            "newest": STEP,
            "steps": {"type": "array", "items": STEP},
            "tables": {**COUNT, "description": "stored, those of older attempts that do not count too"},
        },
        "required": ["key", "newest", "steps", "tables"],
    }
    return {"type": "object", "properties": {plural: {"type": "array", "items": one}}, "required": [plural]}
