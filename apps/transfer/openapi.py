"""The OpenAPI document of the lean transfer views, which the generator cannot see."""

from typing import Any

from apps.transfer.api import MAX_KEYS
from apps.transfer.history_file import MEDIA_TYPE

_FILE = {"schema": {"type": "string", "format": "binary"}}
_RUN = {"name": "run_id", "in": "path", "required": True, "schema": {"type": "string"}}
_KEYS = {
    "name": "key",
    "in": "query",
    "schema": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_KEYS},
    "explode": True,
    "description": "Only these metrics. Default: all.",
}
_COMMON = {"tags": ["transfer"], "security": [{"apiKey": []}, {"session": []}, {}]}
_REFUSALS = {
    "400": "The request cannot be taken; `fields` says why.",
    "401": "No key, or not a good one.",
    "404": "It does not exist, or is not yours to see.",
    "503": "`not_settled`: points that wait are being compacted; ask again after `Retry-After` seconds.",
}


def document_transfer(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the exports and the import to the document."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    refusals = {status: {"description": text, "content": error} for status, text in _REFUSALS.items()}
    result["paths"]["/api/v1/runs/{run_id}/export/"] = {
        "get": {
            **_COMMON,
            "operationId": "export_run",
            "summary": "Every point of a run as a Parquet file",
            "description": (
                "Unsampled: key, attempt, step, time, value and superseded, in the order of these columns. Points that "
                "a newer attempt hides are in it and marked. Equal points make equal bytes."
            ),
            "parameters": [_RUN, _KEYS],
            "responses": {"200": {"description": "The file.", "content": {MEDIA_TYPE: _FILE}}, **refusals},
        }
    }
    return result
