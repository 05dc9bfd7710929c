"""The OpenAPI document of the lean views of class tables, which the generator cannot see."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
from apps.ingest.console_openapi import ENCODING, RUN, json_of, refused
from apps.ingest.table_openapi import (
    ADDRESS,
    COUNT,
    FORMAT_ASKED,
    KEY,
    NAME,
    PLACE,
    READ_REFUSALS,
    STEP_ASKED,
    STOP,
    WRITE_REFUSALS,
    listed,
    reads,
    writes,
)
from apps.tables.errors import MAX_CLASSES, MAX_COLUMNS, MAX_NAME_LENGTH, MAX_TABLES
from apps.tables.queries import MAX_INDEXED

_NUMBER = {
    "oneOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}],
    "nullable": True,
    "description": "A float64; null is missing. Bare `NaN` and `Infinity` are read too.",
}
_NUMBERS = {"type": "array", "items": _NUMBER}
_COLUMNS = {
    "classes": {"type": "array", "items": NAME, "maxItems": MAX_CLASSES},
    "support": {**_NUMBERS, "nullable": True, "description": "Examples of each class."},
    "columns": {"type": "object", "additionalProperties": _NUMBERS, "maxProperties": MAX_COLUMNS},
}
_ROW = {
    "type": "object",
    "properties": {"class": NAME, "support": _NUMBER},
    "additionalProperties": _NUMBER,
    "required": ["class"],
}
_BODY = {
    "oneOf": [
        {
            "title": "Rows",
            "type": "object",
            "properties": {**ADDRESS, "rows": {"type": "array", "items": _ROW, "maxItems": MAX_CLASSES}},
            "required": ["step", "rows"],
        },
        {
            "title": "Columns",
            "type": "object",
            "properties": {**ADDRESS, **_COLUMNS},
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
        "classes": {**COUNT, "description": "classes that were stored"},
        "attempt": {"type": "integer"},
        "tables": {**COUNT, "description": "steps that this table of the run has"},
        "replaced": {"type": "boolean", "description": "the step had a table of this attempt"},
        "indexed": {**COUNT, "description": "numbers of the run's newest class tables that filters can ask for"},
        "left_out": {**COUNT, "description": f"numbers beyond the {MAX_INDEXED:,} of a run that filters see"},
        "stop": STOP,
    },
    "required": ["classes", "attempt", "tables", "replaced", "indexed", "left_out"],
}
_TABLE = {
    "type": "object",
    "properties": {**PLACE, **_COLUMNS},
    "required": ["key", "step", "attempt", "logged_at", "classes", "support", "columns"],
}


def document_class_tables(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/class-tables/ and what is below it to the document."""
    result["paths"]["/api/v1/runs/{run_id}/class-tables/"] = {
        "get": {
            **reads("class tables"),
            "operationId": "list_class_tables",
            "description": "The class tables of a run and their steps.",
            "parameters": [RUN],
            "responses": {"200": json_of("The tables by name.", listed("tables")), **refused(READ_REFUSALS)},
        }
    }
    result["paths"]["/api/v1/runs/{run_id}/class-tables/{key}/"] = {
        "get": {
            **reads("class tables"),
            "operationId": "get_class_table",
            "description": "A class table, in columns.",
            "parameters": [RUN, KEY, STEP_ASKED, FORMAT_ASKED],
            "responses": {"200": json_of("The table.", _TABLE), **refused(READ_REFUSALS)},
        },
        "post": {
            **writes("class tables"),
            "operationId": "put_class_table",
            "summary": "Store a class table of a run",
            "description": (
                "All or nothing, and durable when it answers. At the same step and attempt it takes the place of what "
                f"was there, so retry as often as you like. At most {MAX_BODY_BYTES:,} bytes, {MAX_CLASSES:,} classes, "
                f"{MAX_COLUMNS} columns, {MAX_TABLES:,} steps; names of 1..{MAX_NAME_LENGTH} characters."
            ),
            "parameters": [RUN, KEY, ENCODING],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _BODY, "examples": _EXAMPLES}},
            },
            "responses": {"200": json_of("A receipt.", _RECEIPT), **refused(WRITE_REFUSALS)},
        },
    }
    return result
