"""The OpenAPI document of the lean views of histograms, which the generator cannot see."""

from typing import Any

from apps.ingest.console_openapi import ENCODING, RUN, json_of, refused
from apps.ingest.table_openapi import (
    ADDRESS,
    COUNT,
    FORMAT_ASKED,
    KEY,
    PLACE,
    READ_REFUSALS,
    STEP,
    STEP_ASKED,
    STOP,
    WRITE_REFUSALS,
    listed,
    reads,
    writes,
)
from apps.tables.errors import MAX_BINS, MAX_NAME_LENGTH, MAX_TABLES
from apps.tables.histograms import COMMON_BINS, MOST_STEPS

_APART = {
    "nan": {**COUNT, "description": "values that are NaN"},
    "below": {**COUNT, "description": "values that are −∞"},
    "above": {**COUNT, "description": "values that are ∞"},
}
_EDGES = {"type": "array", "items": {"type": "number"}, "description": "Ascending, one more than counts."}
_COLUMNS = {"edges": _EDGES, "counts": {"type": "array", "items": COUNT, "maxItems": MAX_BINS}, **_APART}
_BODY = {"type": "object", "properties": {**ADDRESS, **_COLUMNS}, "required": ["step", "edges", "counts"]}
_EXAMPLES = {"counts": {"value": {"step": 150, "edges": [-1, -0.5, 0, 0.5, 1], "counts": [3, 40, 38, 2], "nan": 1}}}
_RECEIPT = {
    "type": "object",
    "properties": {
        "bins": COUNT,
        "attempt": {"type": "integer"},
        "histograms": {**COUNT, "description": "steps that this histogram of the run has"},
        "replaced": {"type": "boolean", "description": "the step had a histogram of this attempt"},
        "stop": STOP,
    },
    "required": ["bins", "attempt", "histograms", "replaced"],
}
_ONE = {"title": "One step", "type": "object", "properties": {**PLACE, **_COLUMNS}, "required": [*PLACE, *_COLUMNS]}
_LISTS = {name: {"type": "array", "items": COUNT} for name in _APART}
_OVER: dict[str, Any] = {
    "title": "Over steps",
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "of": {**COUNT, "description": f"steps there are; at most {MOST_STEPS} are answered"},
        "steps": {"type": "array", "items": STEP, "maxItems": MOST_STEPS},
        "edges": {**_EDGES, "maxItems": COMMON_BINS + 1},
        "counts": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number"}},
            "description": "A row a step. Values are taken as spread evenly over their bin, so these are no integers.",
        },
        **_LISTS,
    },
}
_OVER_ASKED = {
    "name": "over",
    "in": "query",
    "schema": {"type": "string", "enum": ["steps"]},
    "description": f"All steps together: at most {MOST_STEPS}, evenly chosen, on {COMMON_BINS} common bins.",
}


def document_histograms(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/histograms/ and what is below it to the document."""
    result["paths"]["/api/v1/runs/{run_id}/histograms/"] = {
        "get": {
            **reads("histograms"),
            "operationId": "list_histograms",
            "description": "The histograms of a run and their steps.",
            "parameters": [RUN],
            "responses": {"200": json_of("The histograms by name.", listed("histograms")), **refused(READ_REFUSALS)},
        }
    }
    result["paths"]["/api/v1/runs/{run_id}/histograms/{key}/"] = {
        "get": {
            **reads("histograms"),
            "operationId": "get_histogram",
            "description": "A histogram at a step, or over all steps.",
            "parameters": [RUN, KEY, STEP_ASKED, _OVER_ASKED, FORMAT_ASKED],
            "responses": {"200": json_of("The histogram.", {"oneOf": [_ONE, _OVER]}), **refused(READ_REFUSALS)},
        },
        "post": {
            **writes("histograms"),
            "operationId": "put_histogram",
            "summary": "Store a histogram of a run",
            "description": (
                "All or nothing, and durable when it answers. At the same step and attempt it takes the place of what "
                f"was there, so retry as often as you like. At most {MAX_BINS} bins and {MAX_TABLES:,} steps; names of "
                f"1..{MAX_NAME_LENGTH} characters."
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
