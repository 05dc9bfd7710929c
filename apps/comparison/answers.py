"""A comparison as JSON."""

import math
from collections.abc import Sequence
from typing import Any

from apps.comparison.queries import Comparison
from apps.comparison.sections import Cell, Row, Section
from apps.runs.models import Run


def answer(found: Comparison, address: str, *, equal: bool) -> dict[str, Any]:
    """The body of GET /api/v1/compare/. address: of the site; equal: whether to list what does not differ."""
    return {
        "identical": found.identical,
        "baseline": found.base.slug,
        "value": found.figure,
        "differ": found.differ,
        "equal": found.equal,
        "ignored": found.ignored,
        "ignore_list": found.patterns,
        "runs": [_run(run, address) for run in found.runs],
        "sections": [_section(one, equal) for one in found.sections],
    }


def _run(run: Run, address: str) -> dict[str, Any]:
    return {
        "id": run.slug,
        "name": run.name,
        "project": str(run.project),
        "state": run.state_now,
        "url": f"{address}{run.get_absolute_url()}",
    }


def _section(one: Section, equal: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": one.name,
        "title": one.title,
        "counts": {
            "differ": len(one.rows),
            "equal": len(one.equal),
            "ignored": len(one.ignored),
            "left_out": one.left_out,
        },
        "rows": _rows(one.rows),
        "ignored": _rows(one.ignored),
    }
    if equal:
        body["equal"] = [{"name": row.name, "value": _value(row.value)} for row in one.equal]
    return body


def _rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "key": row.key,
            "figure": row.figure or None,
            "direction": row.direction,
            "cells": [_cell(one) for one in row.cells],
        }
        for row in rows
    ]


def _cell(one: Cell) -> dict[str, Any]:
    return {
        "value": None if one.missing else _value(one.value),
        "missing": one.missing,
        "same": one.same,
        "delta": one.delta,
        "factor": one.factor,
        "better": one.better,
        "change": one.change or None,
        "url": one.url or None,
        "nonfinite": one.odd,
    }


def _value(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
