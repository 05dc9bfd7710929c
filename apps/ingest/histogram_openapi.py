"""The OpenAPI document of the lean views of histograms, which the generator cannot see."""

from typing import Any

from apps.ingest.table_openapi import (
    ADDRESS,
    COUNT,
    FORMAT_ASKED,
    PLACE,
    STEP,
    STEP_ASKED,
    STOP,
    Described,
    describe,
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


_DESCRIBED = Described(
    path="histograms",
    named="a histogram",
    plural="histograms",
    member="histograms",
    listed="histograms",
    operations=("list_histograms", "get_histogram", "put_histogram"),
    read="A histogram at a step, or over all steps.",
    asked=(STEP_ASKED, _OVER_ASKED, FORMAT_ASKED),
    answers="The histogram.",
    answer={"oneOf": [_ONE, _OVER]},
    body=_BODY,
    examples=_EXAMPLES,
    receipt=_RECEIPT,
    bounds=f"At most {MAX_BINS} bins and {MAX_TABLES:,} steps; names of 1..{MAX_NAME_LENGTH} characters.",
)


def document_histograms(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/histograms/ and what is below it to the document."""
    describe(result, _DESCRIBED)
    return result
