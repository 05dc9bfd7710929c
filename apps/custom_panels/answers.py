"""Panels, versions and rows as JSON."""

from collections.abc import Mapping
from typing import Any

from apps.core.answers import json_time
from apps.custom_panels.checking import Checked
from apps.custom_panels.columns import as_json
from apps.custom_panels.data import PanelData
from apps.custom_panels.models import Panel, PanelVersion
from apps.custom_panels.parameters import Parameter
from apps.custom_panels.sources import columns_of


def panel_line(panel: Panel, url: str) -> dict[str, Any]:
    return {
        "id": panel.slug,
        "url": url,
        "project": str(panel.project),
        "name": panel.name,
        "owner": panel.owner.get_username() if panel.owner else None,
        "shared": panel.shared,
        "version": panel.version,
        "created_at": json_time(panel.created_at),
        "changed_at": json_time(panel.changed_at),
        "archived_at": json_time(panel.archived_at),
    }


def version_line(version: PanelVersion) -> dict[str, Any]:
    return {
        "n": version.n,
        "note": version.note,
        "author": version.author.get_username() if version.author else None,
        "created_at": json_time(version.created_at),
    }


def check_answer(found: Checked) -> dict[str, Any]:
    return {
        "problems": [
            {"line": one.line, "column": one.column, "message": one.message, "path": one.path} for one in found.problems
        ],
        "sources": [
            {"name": name, "kind": source.kind, "filter": source.filter.text, "columns": columns_of(source)}
            for name, source in found.sources.items()
        ],
        "parameters": declared_answer(found.parameters),
        "spec": found.spec,
    }


def declared_answer(parameters: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    return [parameter.as_json() for parameter in parameters.values()]


def data_answer(found: PanelData) -> dict[str, Any]:
    sources = {
        name: {
            "columns": {column: as_json(values) for column, values in rows.columns.items()},
            "rows": len(rows),
            "of": rows.of,
            "note": rows.note,
        }
        for name, rows in found.sources.items()
    }
    runs = {"shown": found.shown, "of": found.of}
    declared = declared_answer(found.declared)
    return {
        "sources": sources,
        "runs": runs,
        "parameters": found.parameters,
        "declared": declared,
        "spec": found.spec,
    }
