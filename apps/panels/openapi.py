"""The OpenAPI document of the lean series views, which the generator cannot see."""

from typing import Any

from apps.panels.errors import MAX_QUESTIONS, MAX_RUNS, PX_RANGE

_X = {"oneOf": [{"type": "integer", "format": "int64"}, {"type": "string"}], "description": "As text beyond ±2^53."}
_POINT = {"type": "integer", "minimum": 0}
_MARKER = {
    "type": "object",
    "properties": {"x": _X, "kind": {"type": "string", "enum": ["nan", "inf", "-inf"]}, "n": _POINT},
    "description": "Non-finite points of one kind in one pixel column: the x of the first, and how many.",
}
_LINE = {
    "type": "object",
    "properties": {
        "run": {"type": "string"},
        "x": {"type": "array", "items": _X},
        "y": {"type": "array", "items": {"type": "number", "nullable": True}, "description": "null breaks the line"},
        "low": {"type": "array", "items": {"type": "number", "nullable": True}, "description": "of `mean` only"},
        "high": {"type": "array", "items": {"type": "number", "nullable": True}, "description": "of `mean` only"},
        "stored": {**_POINT, "description": "points of the series in the range"},
        "drawn": {**_POINT, "description": "points in this answer"},
        "superseded": {**_POINT, "description": "points hidden by a newer attempt"},
        "method": {"type": "string", "enum": ["raw", "m4", "mean"]},
        "level": {"type": "integer", "description": "0: read from the points themselves"},
        "nonfinite": {"type": "array", "items": _MARKER},
    },
}
_ANSWER = {
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "x": {"type": "string", "enum": ["step", "time"]},
        "from": _X,
        "to": _X,
        "selected": {**_POINT, "description": "runs asked for"},
        "shown": {**_POINT, "description": "of those, runs with points in the range"},
        "runs": {"type": "array", "items": _LINE},
    },
}
_FIELDS: dict[str, dict[str, Any]] = {
    "key": {"type": "string", "minLength": 1, "maxLength": 250},
    "x": {"type": "string", "enum": ["step", "time"], "default": "step"},
    "from": {**_X, "description": "The first step, or ms since epoch. Default: where the series begin."},
    "to": {**_X, "description": "The last one, included."},
    "px": {"type": "integer", "minimum": PX_RANGE[0], "maximum": PX_RANGE[1], "default": 800},
    "draw": {"type": "string", "enum": ["lines", "mean"], "default": "lines"},
}
_RUNS = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_RUNS}
_QUESTION = {"type": "object", "properties": {"runs": _RUNS, **_FIELDS}, "required": ["runs", "key"]}
_REFUSALS = {
    "400": "The question cannot be answered; `fields` says why.",
    "401": "No key, or not a good one.",
    "404": "One of the runs does not exist, or is not yours to see.",
    "503": "The database is away; try again after `Retry-After` seconds.",
}


def document_series(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add GET /api/v1/series/ and POST /api/v1/series/query to the document."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    refusals = {status: {"description": text, "content": error} for status, text in _REFUSALS.items()}
    common = {"tags": ["series"], "security": [{"apiKey": []}, {"session": []}, {}]}
    run = {"name": "run", "in": "query", "required": True, "schema": _RUNS, "explode": True}
    fields = [
        {"name": name, "in": "query", "required": name == "key", "schema": schema} for name, schema in _FIELDS.items()
    ]
    answers = {"type": "object", "properties": {"answers": {"type": "array", "items": _ANSWER}}}
    questions = {
        "type": "object",
        "properties": {"questions": {"type": "array", "items": _QUESTION, "minItems": 1, "maxItems": MAX_QUESTIONS}},
        "required": ["questions"],
    }
    result["paths"]["/api/v1/series/"] = {
        "get": {
            **common,
            "operationId": "get_series",
            "summary": "Read one metric of some runs, as a chart draws it",
            "description": "Every point is a real one and no extreme is left out, however many are stored.",
            "parameters": [run, *fields],
            "responses": {"200": _answered(_ANSWER), **refusals},
        }
    }
    result["paths"]["/api/v1/series/query"] = {
        "post": {
            **common,
            "operationId": "query_series",
            "summary": "Ask many questions at once, answered from one snapshot",
            "description": "Only reads: a key of scope `read` may ask.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": questions}}},
            "responses": {"200": _answered(answers), **refusals},
        }
    }
    return result


def _answered(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "The points to draw.", "content": {"application/json": {"schema": schema}}}
