"""The OpenAPI document of the lean transfer views, which the generator cannot see."""

from typing import Any

from apps.transfer.api import MAX_IMPORT_BYTES, MAX_IMPORT_POINTS, MAX_KEYS
from apps.transfer.formats import ARCHIVE_TYPE, HISTORY_TYPE

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

_COUNT = {"type": "integer", "minimum": 0}
_IMPORTED = {
    "type": "object",
    "properties": {
        "runs": {**_COUNT, "description": "runs that were made"},
        "there": {**_COUNT, "description": "runs that the project had, by an earlier import or from the beginning"},
        "points": {**_COUNT, "description": "points that were stored"},
        "series": _COUNT,
        "lines": {**_COUNT, "description": "of what runs printed"},
        "files": _COUNT,
        "reports": _COUNT,
        "revisions": _COUNT,
        "panels": _COUNT,
        "ids": {"type": "object", "additionalProperties": {"type": "string"}, "description": "id there to id here"},
    },
}
_IMPORT_REFUSALS = {
    "400": "`bad_archive`: damaged, cut off, or none of ours. Nothing was imported.",
    "403": "The key may not write.",
    "409": "`client_id_taken`: another run of the project has the client_id of one of these.",
    "429": "`quota_reached`: the team may store no more points, or not all these files.",
    "413": "The archive is too large for HTTP.",
    "503": "`import_under_way`: another import works; try again after `Retry-After` seconds.",
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
            "responses": {"200": {"description": "The file.", "content": {HISTORY_TYPE: _FILE}}, **refusals},
        }
    }
    project = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("team", "project")
    ]
    result["paths"]["/api/v1/projects/{team}/{project}/export/"] = {
        "get": {
            **_COMMON,
            "operationId": "export_project",
            "summary": "Everything of a project as a zip archive",
            "description": (
                "Runs with all facts, their points as Parquet, reports as Markdown, and a manifest with counts and "
                "SHA-256. Sent while it is made; an archive that was cut off has no manifest and is never imported."
            ),
            "parameters": project,
            "responses": {"200": {"description": "The archive.", "content": {ARCHIVE_TYPE: _FILE}}, **refusals},
        }
    }
    others = {status: {"description": text, "content": error} for status, text in _IMPORT_REFUSALS.items()}
    brought = {"description": "What it brought.", "content": {"application/json": {"schema": _IMPORTED}}}
    result["paths"]["/api/v1/projects/{team}/{project}/import/"] = {
        "post": {
            "tags": ["transfer"],
            "security": [{"apiKey": []}, {"session": []}],
            "operationId": "import_project",
            "summary": "Bring the archive of a project in",
            "description": (
                "All of it, or nothing. Runs get new ids and keep all else; runs that came before stay as they are. "
                f"At most {MAX_IMPORT_BYTES:,} bytes and {MAX_IMPORT_POINTS:,} points; on the server, "
                "`manage.py import_project` takes any size."
            ),
            "parameters": project,
            "requestBody": {"required": True, "content": {ARCHIVE_TYPE: _FILE}},
            "responses": {"201": brought, "200": brought, **refusals, **others},
        }
    }
    return result
