"""The OpenAPI document of the lean history view, which the generator cannot see, and its page."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
from apps.ingest import arrow
from apps.ingest.checks import MAX_WRITER_LENGTH
from apps.ingest.errors import MAX_CELLS, MAX_KEY_LENGTH, MAX_POINTS_PER_BATCH

_VALUE = {
    "oneOf": [{"type": "number"}, {"type": "boolean"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}],
    "nullable": True,
    "description": "A float64. Bare `NaN` and `Infinity` are read too; true and false are 1 and 0; null is not logged.",
}
_STEP = {
    "oneOf": [{"type": "integer", "format": "int64"}, {"type": "string", "pattern": "^[+-]?[0-9]+$"}],
    "description": "-2^63..2^63-1, exactly. As text where JSON numbers are inexact (beyond ±2^53).",
}
_TIME = {"type": "number", "nullable": True, "description": "ms since epoch UTC, its fraction cut. Default: arrival."}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_ADDRESS: dict[str, dict[str, Any]] = {
    "attempt": {"type": "integer", "minimum": 1, "description": "Of the run; default: the newest."},
    "writer": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_WRITER_LENGTH,
        "description": "128 random bits, made anew by each process that sends.",
    },
    "seq": {"type": "integer", "minimum": 0, "description": "Grows by one with each batch of the writer."},
}


def _form(title: str, own: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """One of the three forms of a history body in JSON."""
    return {"title": title, "type": "object", "properties": _ADDRESS | own, "required": ["writer", "seq", *required]}


def _in_url(name: str) -> dict[str, Any]:
    """A part of the address of an Arrow stream."""
    schema = {what: value for what, value in _ADDRESS[name].items() if what != "description"}
    said = f"{_ADDRESS[name]['description']} Only for an Arrow stream, unless its schema's metadata has it."
    return {"name": name, "in": "query", "schema": schema, "description": said}


_ROW = {
    "type": "object",
    "properties": {"step": _STEP, "time": _TIME, "values": {"type": "object", "additionalProperties": _VALUE}},
    "required": ["step", "values"],
}
_SERIES = {
    "type": "object",
    "properties": {"step": _list(_STEP), "time": _list(_TIME), "value": _list(_VALUE)},
    "required": ["step", "value"],
}
_BODY = {
    "oneOf": [
        _form("Rows", {"rows": _list(_ROW)}, ["rows"]),
        _form(
            "Shared columns",
            {
                "step": _list(_STEP),
                "time": _list(_TIME),
                "values": {"type": "object", "additionalProperties": _list(_VALUE)},
            },
            ["step", "values"],
        ),
        _form("Series", {"series": {"type": "object", "additionalProperties": _SERIES}}, ["series"]),
    ]
}
_ARROW = {
    "type": "string",
    "format": "binary",
    "description": (
        "An Arrow IPC stream (not a file), its buffers uncompressed. Wide: `step` (integers), perhaps `time` (int64 ms "
        "or timestamps), and a column of numbers a key. Long: `key` (text), `step`, `value`, perhaps `time`. Null is "
        f"not logged. At most {MAX_CELLS:,} rows × columns."
    ),
}
_EXAMPLES = {
    "rows": {"writer": "f3…", "seq": 0, "rows": [{"step": 1, "time": 1767225600000, "values": {"loss": 0.7}}]},
    "shared columns": {"writer": "f3…", "seq": 1, "step": [2, 3], "values": {"loss": [0.6, 0.5], "acc": [None, 0.9]}},
    "series": {"writer": "f3…", "seq": 2, "series": {"val/loss": {"step": [3], "value": ["NaN"]}}},
}
_RECEIPT = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer", "description": "points stored by this request"},
        "duplicate": {"type": "boolean", "description": "the batch was stored before; nothing was stored now"},
        "attempt": {"type": "integer"},
        "total": {"type": "integer", "description": "points of the run"},
        "stop": {"type": "boolean", "description": "true when the run is asked to end, else left out"},
    },
    "required": ["accepted", "duplicate", "attempt", "total"],
}
_STATUSES = {
    "400": "Something cannot be taken; `fields` has the path of each bad value. Nothing was stored.",
    "401": "No key, or not a good one.",
    "403": "The key may not write.",
    "404": "No such run, or not yours.",
    "409": "`batch_differs`: this seq is stored with other content. `run_archived`: restore the run first.",
    "413": "The body or the batch is too large.",
    "415": "An unknown Content-Encoding.",
    "429": "`too_many_gaps`: the writer left out too many seqs. `quota_reached`: the team may store no more points.",
    "503": "The database is full, read-only or away. Nothing was stored; send it again after `Retry-After` seconds.",
}


def document_history(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add POST /api/v1/runs/{run_id}/history/ to the document."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    refusals = {status: {"description": text, "content": error} for status, text in _STATUSES.items()}
    examples = {name: {"value": value} for name, value in _EXAMPLES.items()}
    result["paths"]["/api/v1/runs/{run_id}/history/"] = {
        "post": {
            "operationId": "append_history",
            "tags": ["history"],
            "summary": "Store points of a run",
            "description": (
                "All or nothing, and durable when it answers. The same (attempt, writer, seq) again stores nothing and "
                "is answered as a duplicate, so retry as often as you like. "
                f"At most {MAX_BODY_BYTES:,} bytes before and after decompression, {MAX_POINTS_PER_BATCH:,} points, "
                f"keys of 1..{MAX_KEY_LENGTH} characters. Runs that ended take points too."
            ),
            "parameters": [
                {"name": "run_id", "in": "path", "required": True, "schema": {"type": "string"}},
                *(_in_url(name) for name in arrow.ADDRESS),
                {
                    "name": "Content-Encoding",
                    "in": "header",
                    "schema": {"type": "string", "enum": ["gzip", "zstd", "identity"]},
                },
            ],
            "security": [{"apiKey": []}, {"session": []}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": _BODY, "examples": examples},
                    arrow.MEDIA_TYPE: {"schema": _ARROW},
                },
            },
            "responses": {
                "200": {
                    "description": "A receipt.",
                    "content": {"application/json": {"schema": _RECEIPT}},
                },
                **refusals,
            },
        }
    }
    return result


def summarize(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give each operation the first sentence of its description as the line a list of operations shows."""
    for operations in result["paths"].values():
        for operation in operations.values():
            sentence = operation.get("description", "").partition(". ")[0].split("\n")[0].rstrip(".")
            operation.setdefault("summary", sentence.replace("`", ""))
    return result
