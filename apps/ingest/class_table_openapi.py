"""The OpenAPI document of the lean views of class tables, which the generator cannot see."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
from apps.ingest.console_openapi import ENCODING, RUN, json_of, refused
from apps.tables.errors import MAX_CLASSES, MAX_COLUMNS, MAX_NAME_LENGTH, MAX_TABLES
from apps.tables.queries import MAX_INDEXED

_COUNT = {"type": "integer", "minimum": 0}
_STEP = {
    "oneOf": [{"type": "integer", "format": "int64"}, {"type": "string", "pattern": "^[+-]?[0-9]+$"}],
    "description": "-2^63..2^63-1, exactly. As text where JSON numbers are inexact (beyond ±2^53).",
}
_NUMBER = {
    "oneOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}],
    "nullable": True,
    "description": "A float64; null is missing. Bare `NaN` and `Infinity` are read too.",
}
_NUMBERS = {"type": "array", "items": _NUMBER}
_NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH}
_ADDRESS = {
    "step": _STEP,
    "attempt": {"type": "integer", "minimum": 1, "description": "Of the run; default: the newest."},
}
_COLUMNS = {
    "classes": {"type": "array", "items": _NAME, "maxItems": MAX_CLASSES},
    "support": {**_NUMBERS, "nullable": True, "description": "Examples of each class."},
    "columns": {"type": "object", "additionalProperties": _NUMBERS, "maxProperties": MAX_COLUMNS},
}
_ROW = {
    "type": "object",
    "properties": {"class": _NAME, "support": _NUMBER},
    "additionalProperties": _NUMBER,
    "required": ["class"],
}
_BODY = {
    "oneOf": [
        {
            "title": "Rows",
            "type": "object",
            "properties": {**_ADDRESS, "rows": {"type": "array", "items": _ROW, "maxItems": MAX_CLASSES}},
            "required": ["step", "rows"],
        },
        {
            "title": "Columns",
            "type": "object",
            "properties": {**_ADDRESS, **_COLUMNS},
            "required": ["step", "classes"],
        },
    ]
}
_EXAMPLES = {
    "rows": {"value": {"step": 150, "rows": [{"class": "8", "support": 41, "recall": 0.71, "iou": 0.66}]}},
    "columns": {
        "value": {"step": 150, "classes": ["7", "8"], "support": [44, 41], "columns": {"recall": [0.98, "NaN"]}}
    },
}
_RECEIPT = {
    "type": "object",
    "properties": {
        "classes": {**_COUNT, "description": "classes that were stored"},
        "attempt": {"type": "integer"},
        "tables": {**_COUNT, "description": "steps that this table of the run has"},
        "replaced": {"type": "boolean", "description": "the step had a table of this attempt"},
        "indexed": {**_COUNT, "description": "numbers of the run's newest class tables that filters can ask for"},
        "left_out": {**_COUNT, "description": f"numbers beyond the {MAX_INDEXED:,} of a run that filters see"},
        "stop": {"type": "boolean", "description": "true when the run is asked to end, else left out"},
    },
    "required": ["classes", "attempt", "tables", "replaced", "indexed", "left_out"],
}
_TABLE = {
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "step": _STEP,
        "attempt": {"type": "integer"},
        "logged_at": {"type": "integer", "description": "ms since epoch UTC"},
        **_COLUMNS,
    },
    "required": ["key", "step", "attempt", "logged_at", "classes", "support", "columns"],
}
_LIST = {
    "type": "object",
    "properties": {
        "tables": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "key": {"type": "string"},
                    "newest": _STEP,
                    "steps": {"type": "array", "items": _STEP},
                    "tables": {**_COUNT, "description": "stored, those of older attempts that do not count too"},
                },
                "required": ["key", "newest", "steps", "tables"],
            },
        }
    },
    "required": ["tables"],
}
_KEY = {"name": "key", "in": "path", "required": True, "schema": _NAME, "description": "It may hold slashes."}
_READ = {"tags": ["class tables"], "security": [{"apiKey": []}, {"session": []}, {}]}
_WRITE_REFUSALS = {
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
_READ_REFUSALS = {
    "400": "The question cannot be answered; `fields` says why.",
    "401": "No key, or not a good one.",
    "404": "No such run or table, or not yours.",
    "503": "The database is away; try again after `Retry-After` seconds.",
}


def document_class_tables(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/class-tables/ and what is below it to the document."""
    result["paths"]["/api/v1/runs/{run_id}/class-tables/"] = {
        "get": {
            **_READ,
            "operationId": "list_class_tables",
            "description": "The class tables of a run and their steps.",
            "parameters": [RUN],
            "responses": {"200": json_of("The tables by name.", _LIST), **refused(_READ_REFUSALS)},
        }
    }
    result["paths"]["/api/v1/runs/{run_id}/class-tables/{key}/"] = {
        "get": {
            **_READ,
            "operationId": "get_class_table",
            "description": "A class table, in columns.",
            "parameters": [
                RUN,
                _KEY,
                {"name": "step", "in": "query", "schema": _STEP, "description": "Default: the newest."},
                {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json", "csv"]}},
            ],
            "responses": {"200": json_of("The table.", _TABLE), **refused(_READ_REFUSALS)},
        },
        "post": {
            "tags": ["class tables"],
            "security": [{"apiKey": []}, {"session": []}],
            "operationId": "put_class_table",
            "summary": "Store a class table of a run",
            "description": (
                "All or nothing, and durable when it answers. At the same step and attempt it takes the place of what "
                f"was there, so retry as often as you like. At most {MAX_BODY_BYTES:,} bytes, {MAX_CLASSES:,} classes, "
                f"{MAX_COLUMNS} columns, {MAX_TABLES:,} steps; names of 1..{MAX_NAME_LENGTH} characters."
            ),
            "parameters": [RUN, _KEY, ENCODING],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _BODY, "examples": _EXAMPLES}},
            },
            "responses": {"200": json_of("A receipt.", _RECEIPT), **refused(_WRITE_REFUSALS)},
        },
    }
    return result
