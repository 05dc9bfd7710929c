"""The OpenAPI document of the lean series views, which the generator cannot see."""

from typing import Any

from apps.panels.errors import (
    MAX_GROUP_FIELDS,
    MAX_GROUPS,
    MAX_NAME_LENGTH,
    MAX_QUESTIONS,
    MAX_RUNS,
    PX_RANGE,
    SMOOTH_RANGE,
)
from apps.rendering.answers import LEAST_SIDE, USUAL_SCALE, USUAL_SIZE
from apps.rendering.limits import MAX_SCALE, MAX_SIDE
from apps.rendering.look import LOOKS
from apps.rendering.pictures import KINDS

_AXES = ["step", "time", "relative", "active"]
_KEY_AXIS = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
_X_OR_VALUE = {"oneOf": [{"type": "number"}, {"type": "string"}]}
_X = {"oneOf": [{"type": "integer", "format": "int64"}, {"type": "string"}], "description": "As text beyond ±2^53."}
_POINT = {"type": "integer", "minimum": 0}
_MARKER = {
    "type": "object",
    "properties": {"x": _X, "kind": {"type": "string", "enum": ["nan", "inf", "-inf"]}, "n": _POINT},
    "description": "Non-finite points of one kind in one pixel column: the x of the first, and how many.",
}
_NUMBERS = {"type": "array", "items": {"type": "number", "nullable": True}}
_SMOOTH = {
    "type": "object",
    "description": "Asked for by `smooth`: the debiased moving average, one point a pixel column.",
    "properties": {
        "x": {"type": "array", "items": _X},
        "y": _NUMBERS,
        "cell": {
            **_X,
            "description": "width of the cells it was made from, in x; it is off by at most "
            "(2^(cell / half-life) - 1) of the range of values",
        },
    },
}
_BAND = {
    "type": "object",
    "description": "One group of runs: cells of `cell` steps in which each run counts once, by its mean.",
    "properties": {
        "name": {"type": "string"},
        "runs": {"type": "array", "items": {"type": "string"}},
        "selected": {**_POINT, "description": "runs of the group"},
        "shown": {**_POINT, "description": "of those, runs that have the metric"},
        "x": {"type": "array", "items": _X},
        "y": {**_NUMBERS, "description": "mean of the runs' means; null breaks the band"},
        "std": {**_NUMBERS, "description": "of a sample (n - 1); null for one run"},
        "stderr": {**_NUMBERS, "description": "std / √count"},
        "count": {"type": "array", "items": _POINT, "description": "runs with finite points in the cell"},
        "low": {**_NUMBERS, "description": "lowest of all points"},
        "high": {**_NUMBERS, "description": "highest of all points"},
        "cell": {**_X, "description": "steps a cell is wide: a power of two"},
        "stored": {**_POINT, "description": "points of the group in the range"},
        "drawn": {**_POINT, "description": "cells with finite points"},
        "superseded": {**_POINT, "description": "points hidden by newer attempts"},
        "method": {"type": "string", "enum": ["band"]},
        "level": {"type": "integer"},
        "nonfinite": {"type": "array", "items": _MARKER},
    },
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
        "method": {"type": "string", "enum": ["raw", "m4", "mean", "m4-joined"]},
        "unplaced": {**_POINT, "description": "over another metric: points before it was first logged"},
        "level": {"type": "integer", "description": "0: read from the points themselves"},
        "nonfinite": {"type": "array", "items": _MARKER},
        "smooth": _SMOOTH,
    },
}
_ANSWER = {
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "x": {"oneOf": [{"type": "string", "enum": _AXES}, _KEY_AXIS]},
        "from": _X,
        "to": _X,
        "selected": {**_POINT, "description": "runs asked for"},
        "shown": {**_POINT, "description": "of those, runs with points in the range"},
        "runs": {"type": "array", "items": _LINE, "description": "empty for bands"},
        "bands": {"type": "array", "items": _BAND, "description": "of `band` only, in the order of the groups"},
    },
}
_FIELDS: dict[str, dict[str, Any]] = {
    "key": {"type": "string", "minLength": 1, "maxLength": 250},
    "x": {
        "oneOf": [{"type": "string", "enum": _AXES}, {"type": "string", "pattern": "^key:.+$"}, _KEY_AXIS],
        "default": "step",
        "description": "`key:<metric>`, in a body also as an object: the value that metric had at the same step or "
        "last before. `time`: ms since epoch. `relative`: ms since the run started. `active`: that without the time "
        "between the last point of its attempts so far and the start of the next.",
    },
    "from": {**_X_OR_VALUE, "description": "The first step, ms or value. Default: where the series begin."},
    "to": {**_X_OR_VALUE, "description": "The last one, included."},
    "px": {"type": "integer", "minimum": PX_RANGE[0], "maximum": PX_RANGE[1], "default": 800},
    "draw": {
        "type": "string",
        "enum": ["lines", "mean", "band"],
        "default": "lines",
        "description": "`band`: mean and spread over the runs of each group, over steps.",
    },
    "group_by": {
        "type": "array",
        "items": {"type": "string", "maxLength": MAX_NAME_LENGTH, "pattern": r"^(-?config\..+|group|job_type)$"},
        "minItems": 1,
        "maxItems": MAX_GROUP_FIELDS,
        "description": "Bands: one for each value of `config.<name>`, `group` or `job_type`; with `-config.<name>`, of "
        "runs that are alike in all of their config but that.",
    },
    "smooth": {
        "type": "number",
        "minimum": SMOOTH_RANGE[0],
        "maximum": SMOOTH_RANGE[1],
        "description": "Half-life of a debiased moving average in units of x, beside lines or means.",
    },
    "growing": {
        "type": "boolean",
        "default": False,
        "description": "For charts that follow a run, without `to`: pixel columns stay where they are until the range "
        "is twice as wide, so that an answer begins with the points of the one before. It may have half as many again.",
    },
}
_RUNS = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_RUNS}
_GROUPS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": MAX_NAME_LENGTH}, "runs": _RUNS},
        "required": ["name", "runs"],
    },
    "minItems": 1,
    "maxItems": MAX_GROUPS,
    "description": "Bands: the groups, of runs of this question, instead of `group_by`.",
}
_QUESTION = {
    "type": "object",
    "properties": {"runs": _RUNS, **_FIELDS, "groups": _GROUPS},
    "required": ["runs", "key"],
}
QUESTIONS = {"type": "array", "items": _QUESTION, "minItems": 1, "maxItems": MAX_QUESTIONS}
_SIGHT_FIELDS: dict[str, dict[str, Any]] = {
    "width": {"type": "integer", "minimum": LEAST_SIDE, "maximum": MAX_SIDE, "default": USUAL_SIZE[0]},
    "height": {
        "type": "integer",
        "minimum": LEAST_SIDE,
        "maximum": MAX_SIDE,
        "default": USUAL_SIZE[1],
        "description": "px without the legend, which comes below.",
    },
    "scale": {"type": "integer", "minimum": 1, "maximum": MAX_SCALE, "default": USUAL_SCALE},
    "theme": {"type": "string", "enum": list(LOOKS), "default": "light"},
    "y": {"type": "string", "enum": ["linear", "log"], "default": "linear"},
    "y_range": {"type": "string", "description": "Lowest and highest value, `0,2.5`; either may be left out."},
    "clip": {"type": "boolean", "default": False, "description": "Leave out the outermost hundredths of the values."},
    "spread": {"type": "string", "enum": ["std", "stderr", "range"], "default": "std", "description": "Of bands."},
}
_SIGHT = [{"name": name, "in": "query", "schema": schema} for name, schema in _SIGHT_FIELDS.items()]
REFUSALS = {
    "400": "The question cannot be answered; `fields` says why.",
    "401": "No key, or not a good one.",
    "404": "One of the runs does not exist, or is not yours to see.",
    "503": "The database is away; try again after `Retry-After` seconds.",
}


def document_series(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add GET /api/v1/series/, its pictures and POST /api/v1/series/query to the document."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    refusals = {status: {"description": text, "content": error} for status, text in REFUSALS.items()}
    common = {"tags": ["series"], "security": [{"apiKey": []}, {"session": []}, {}]}
    run = {"name": "run", "in": "query", "required": True, "schema": _RUNS, "explode": True}
    fields = [
        {"name": name, "in": "query", "required": name == "key", "schema": schema} for name, schema in _FIELDS.items()
    ]
    answers = {"type": "object", "properties": {"answers": {"type": "array", "items": _ANSWER}}}
    questions = {
        "type": "object",
        "properties": {"questions": QUESTIONS},
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
    for kind, media_type in KINDS.items():
        result["paths"][f"/api/v1/pictures/series.{kind}"] = {
            "get": {
                **common,
                "operationId": f"series_{kind}",
                "summary": f"The chart of one metric of some runs, as a {kind.upper()}",
                "description": "As a page draws it: its lines, bands, colours and legend. Drawn anew, by its ETag, "
                "when it would look different.",
                "parameters": [run, *fields, *_SIGHT],
                "responses": {
                    "200": {
                        "description": "The picture.",
                        "content": {media_type: {"schema": {"type": "string", "format": "binary"}}},
                    },
                    **refusals,
                    "422": {"description": "It cannot be drawn: the message says why.", "content": error},
                },
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
