"""The OpenAPI document of live/, a lean view which the generator cannot see."""

from typing import Any

from apps.panels.live_api import MAX_PAGE_LENGTH, MAX_PARTS
from apps.panels.openapi import QUESTIONS, REFUSALS
from apps.panels.wire import BINARY_TYPE

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_BODY = {
    "type": "object",
    "properties": {
        "page": {"type": "string", "maxLength": MAX_PAGE_LENGTH, "description": "Path and query of the page."},
        "parts": {**_TEXTS, "maxProperties": MAX_PARTS, "description": "Digests of the parts it holds, by name."},
        "questions": {**QUESTIONS, "minItems": 0, "description": "As POST series/query takes them."},
        "held": {
            "type": "array",
            "items": _TEXTS,
            "description": "For each question the `mark` of every line it holds, by run, or of every band by name.",
        },
        "cursor": {"type": "string", "description": "Of the newest answer: while it stands there are no `answers`."},
    },
}


def document_live(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add POST /api/v1/live/ to the document."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    result["paths"]["/api/v1/live/"] = {
        "post": {
            "tags": ["series"],
            "security": [{"apiKey": []}, {"session": []}, {}],
            "operationId": "follow_page",
            "summary": "Read what an open page lacks: parts that changed, points that came",
            "description": "Nothing is remembered between requests. The answer is the binary form of series: a header "
            "with `page` (parts that differ, by name), `answers`, `cursor` and `lost` (runs that may not be read any "
            "more), then columns. A line that did not change is its run's id alone; of one that grew `keep` says how "
            "many leading points, markers and smoothed points stay, and the columns hold what follows.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
            "responses": {
                "200": {
                    "description": "What differs.",
                    "content": {BINARY_TYPE: {"schema": {"type": "string", "format": "binary"}}},
                },
                **{status: {"description": text, "content": error} for status, text in REFUSALS.items()},
            },
        }
    }
    return result
