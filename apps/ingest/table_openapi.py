"""What the OpenAPI documents of all kinds of tables share."""

from typing import Any

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


def listed(plural: str) -> dict[str, Any]:
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


def reads(tag: str) -> dict[str, Any]:
    """The tag of a read and who may: whoever may read the project, signed in or not."""
    return {"tags": [tag], "security": [{"apiKey": []}, {"session": []}, {}]}


def writes(tag: str) -> dict[str, Any]:
    return {"tags": [tag], "security": [{"apiKey": []}, {"session": []}]}
