"""How curves are written to a blob: a row a class, a list a column of points. No Django."""

from typing import Any

import numpy as np

from apps.tables.blobs import packed, unpacked
from apps.tables.curves import AREAS, KINDS, ClassCurves, Curve, Curves

_COUNTS = ("positives", "negatives", "left_out")
_PARTS = tuple(f"{kind}_{part}" for kind in KINDS for part in Curve._fields)
_FIELDS = ("class", *_COUNTS, *AREAS, *_PARTS)


def encode(curves: Curves) -> bytes:
    """The blob of curves."""
    import pyarrow as pa

    rows = curves.classes
    arrays = [pa.array([one.name for one in rows], pa.string())]
    arrays += [pa.array([getattr(one, name) for one in rows], pa.int64()) for name in _COUNTS]
    arrays += [pa.array([one.areas.get(area) for one in rows], pa.float64()) for area in AREAS]
    for kind in KINDS:
        for part in Curve._fields:
            lists = [getattr(one.curves[kind], part) if kind in one.curves else None for one in rows]
            arrays.append(pa.array(lists, pa.list_(pa.float64())))
    return packed(_FIELDS, arrays)


def decode(blob: bytes) -> Curves:
    """The curves of a blob that encode wrote. Raises ValueError for a format of a later release."""
    batch, _ = unpacked(blob)
    columns = {field: batch.column(place) for place, field in enumerate(_FIELDS)}
    plain = {field: columns[field].to_pylist() for field in ("class", *_COUNTS, *AREAS)}
    found = []
    for place, name in enumerate(plain["class"]):
        areas = {area: plain[area][place] for area in AREAS if plain[area][place] is not None}
        curves = {kind: _curve(columns, kind, place) for kind in KINDS if columns[f"{kind}_x"][place].is_valid}
        positives, negatives, left_out = (plain[one][place] for one in _COUNTS)
        found.append(ClassCurves(name, positives, negatives, left_out, areas, curves))
    return Curves(found)


def _curve(columns: dict[str, Any], kind: str, place: int) -> Curve:
    parts = (columns[f"{kind}_{part}"][place].values for part in Curve._fields)
    return Curve(*(one.to_numpy(zero_copy_only=False).astype(np.float64) for one in parts))
