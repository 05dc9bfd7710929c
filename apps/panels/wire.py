"""Chart answers as they travel: JSON for everyone, a binary form for our own pages. No Django.

Binary layout, little-endian: b"PLS1", u32 length of the header, the header (JSON), zeros up to a multiple of 8, then
the columns the header names, each at a multiple of 8 from there. A run's `x` is {"at", "type": "u32", "base"} (offsets
from base, a string), {"at", "type": "i64"} or, where x is a metric, {"at", "type": "f64"}; `y`, `low`, `high` are
{"at", "type": "f32" | "f64"}, NaN where the line breaks. A run's `smooth` has `n`, `x` and `y` of its own. A band has
x, y, `std`, `stderr`, `low`, `high` and `count`, how many runs, written as x is. `mark`: of lines that grow (held.py).
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from apps.core import ids
from apps.core.answers import EXACT, json_integer
from apps.history.bands import Band
from apps.history.charts import Answer, Line
from apps.panels.held import NOTHING, Shape, Size, compared

BINARY_TYPE = "application/vnd.paceline.series"
MAGIC = b"PLS1"
FLOAT32_ERROR = 2.0**-20  # of the drawn range
_TYPES = {"<f4": "f32", "<f8": "f64"}


def json_answer_body(answer: Answer) -> dict[str, Any]:
    """One answer for JSON: non-finite numbers are null, steps beyond ±2^53 strings."""
    body = {**_head(answer), "runs": [_json_line(line) for line in answer.lines]}
    if answer.question.draw == "band":
        body["bands"] = [_json_band(band) for band in answer.bands]
    return body


def _head(answer: Answer) -> dict[str, Any]:
    return {
        "key": answer.question.key,
        "x": {"key": answer.question.x_key} if answer.question.x == "key" else answer.question.x,
        "from": _place(answer.start),
        "to": _place(answer.end),
        "selected": answer.selected,
        "shown": answer.shown,
    }


def _place(x: float) -> float | str:
    """One x for JSON: a step or a time as text beyond ±2^53, the value of a metric as it is."""
    return json_integer(x) if isinstance(x, int) else x


def _facts(line: Line) -> dict[str, Any]:
    facts = {
        "run": ids.to_text(line.run_id),
        "stored": line.stored,
        "drawn": line.drawn,
        "superseded": line.superseded,
        "method": line.method,
        "level": line.level,
    }
    return {**facts, "unplaced": line.unplaced} if line.x.dtype == np.float64 else facts


def _band_facts(band: Band) -> dict[str, Any]:
    return {
        "name": band.name,
        "runs": [ids.to_text(run_id) for run_id in band.run_ids],
        "selected": len(band.run_ids),
        "shown": band.shown,
        "stored": band.stored,
        "drawn": int(np.count_nonzero(band.n)),
        "superseded": band.superseded,
        "method": "band",
        "cell": json_integer(band.cell),
        "level": band.level,
    }


def _markers(nonfinite: Sequence[tuple[float, str, int]]) -> list[dict[str, Any]]:
    return [{"x": _place(x), "kind": kind, "n": int(n)} for x, kind, n in nonfinite]


def _json_line(line: Line) -> dict[str, Any]:
    body = {**_facts(line), "nonfinite": _markers(line.nonfinite), "x": _json_places(line.x), "y": _packed(line.y)}
    if line.low is not None and line.high is not None:
        body["low"], body["high"] = _packed(line.low), _packed(line.high)
    if (smooth := line.smooth) is not None:
        cell = json_integer(smooth.cell)
        body["smooth"] = {"x": _json_places(smooth.x), "y": _packed(smooth.y), "cell": cell}
    return body


def _json_band(band: Band) -> dict[str, Any]:
    body = {**_band_facts(band), "nonfinite": _markers(band.nonfinite), "x": _json_places(band.x)}
    body |= {
        "y": _packed(band.mean),
        "count": _packed(band.n),
        "std": _packed(band.std),
        "stderr": _packed(band.stderr),
    }
    return {**body, "low": _packed(band.low), "high": _packed(band.high)}


def _json_places(x: NDArray[Any]) -> NDArray[Any] | list[int | str]:
    if x.dtype == np.float64:
        return _packed(x)
    exact = len(x) == 0 or (int(x.min()) >= -EXACT and int(x.max()) <= EXACT)
    return _packed(x) if exact else [json_integer(one) for one in x.tolist()]


def _packed(column: NDArray[Any]) -> NDArray[Any]:
    """The column as orjson writes it: contiguous; it writes NaN as null."""
    return np.ascontiguousarray(column)


def json_bytes(body: Any) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def binary_bytes(answers: Sequence[Answer]) -> bytes:
    """The answers in the binary form. Those that grow tell the mark of each line, which live/ is asked with."""
    columns = Columns()
    return framed({"answers": [_binary_answer(answer, columns) for answer in answers]}, columns)


def live_answer(answer: Answer, held: Mapping[str, str], columns: "Columns") -> dict[str, Any]:
    """What a page lacks of an answer. held: the marks of the lines, or bands, it holds, by run or name.

    A line that it has all of is just its run or name. Others have `keep`: how many leading points, markers and smoothed
    points the page has; what comes then is in `n` and the columns, `nonfinite` and `smooth`.
    """
    body = {**_head(answer), "runs": [_lacked(_line_shape(line), "run", held, columns) for line in answer.lines]}
    if answer.question.draw == "band":
        body["bands"] = [_lacked(_band_shape(band), "name", held, columns) for band in answer.bands]
    return body


def framed(header: Mapping[str, Any], columns: "Columns") -> bytes:
    """A header and the columns it names, as one body."""
    text = orjson.dumps(header)
    pad = -(len(MAGIC) + 4 + len(text)) % 8
    return b"".join((MAGIC, struct.pack("<I", len(text)), text, bytes(pad), *columns.parts))


def _binary_answer(answer: Answer, columns: "Columns") -> dict[str, Any]:
    grows = answer.question.growing
    body = {**_head(answer), "runs": [_whole(_line_shape(line), columns, grows) for line in answer.lines]}
    if answer.question.draw == "band":
        body["bands"] = [_whole(_band_shape(band), columns, grows) for band in answer.bands]
    return body


def _whole(shape: Shape, columns: "Columns", grows: bool) -> dict[str, Any]:
    body = _written(shape, NOTHING, columns)
    return {**body, "mark": compared(shape, "")[1]} if grows else body


def _lacked(shape: Shape, named: str, held: Mapping[str, str], columns: "Columns") -> dict[str, Any] | str:
    name: str = shape.facts[named]
    size, mark = compared(shape, held.get(name, ""))
    return name if size is None else {**_written(shape, size, columns), "mark": mark, "keep": list(size)}


def _line_shape(line: Line) -> Shape:
    extent = [] if line.low is None or line.high is None else [line.low, line.high]
    smooth: list[NDArray[Any]] = []
    facts = _facts(line)
    if line.smooth is not None:
        smooth = [line.smooth.x, *_values([line.smooth.y])]
        facts["cell"] = json_integer(line.smooth.cell)
    return Shape([line.x, *_values([line.y, *extent])], line.nonfinite, smooth, facts, line.steady)


def _band_shape(band: Band) -> Shape:
    columns = [band.x, *_values([band.mean, band.std, band.stderr, band.low, band.high]), band.n]
    steady = int(band.x[-1]) if len(band.x) else None
    return Shape(columns, band.nonfinite, [], _band_facts(band), steady)


def _written(shape: Shape, size: Size, columns: "Columns") -> dict[str, Any]:
    """A line from a size on, its columns added to those of the body."""
    body = {**shape.facts, "nonfinite": _markers(shape.markers[size.markers :])}
    x, y, *others = (column[size.points :] for column in shape.columns)
    body |= {"n": len(x), "x": columns.places(x), "y": columns.add(y)}
    names = ("low", "high") if len(others) == 2 else ("std", "stderr", "low", "high", "count")
    for name, column in zip(names, others, strict=False):
        body[name] = columns.places(column) if name == "count" else columns.add(column)
    if shape.smooth:
        x, y = (column[size.smooth :] for column in shape.smooth)
        body["smooth"] = {"n": len(x), "x": columns.places(x), "y": columns.add(y), "cell": body.pop("cell")}
    return body


class Columns:
    """Columns one after another, each padded to 8 bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def _add(self, column: NDArray[Any], kind: str) -> dict[str, Any]:
        data = column.tobytes()
        data += bytes(-len(data) % 8)
        self.parts.append(data)
        place = {"at": self.size, "type": kind}
        self.size += len(data)
        return place

    def places(self, x: NDArray[Any]) -> dict[str, Any]:
        """int64 (n,) as u32 offsets from their least when they fit; float64 (n,) as they are."""
        if x.dtype == np.float64:
            return self.add(x)
        if len(x) == 0 or int(x.max()) - int(x.min()) < 2**32:
            base = int(x.min()) if len(x) else 0
            return {**self._add((x - base).astype("<u4"), "u32"), "base": str(base)}
        return self._add(x.astype("<i8"), "i64")

    def add(self, column: NDArray[Any]) -> dict[str, Any]:
        """A column as it is."""
        return self._add(column, _TYPES[column.dtype.str])


def _values(columns: list[NDArray[np.float64]]) -> list[NDArray[Any]]:
    """float64 (n,) each; all as float32 when every value stays finite and within 2^-20 of the drawn range."""
    kind = "<f4" if all(_fits_float32(columns)) else "<f8"
    return [column.astype(kind) for column in columns]


def _fits_float32(columns: list[NDArray[np.float64]]) -> list[bool]:
    finite = [column[np.isfinite(column)] for column in columns]
    everything = np.concatenate(finite)
    if len(everything) == 0:
        return [True]
    with np.errstate(over="ignore"):
        allowed = (float(everything.max()) / 2 - float(everything.min()) / 2) * 2 * FLOAT32_ERROR
        narrow = everything.astype("<f4").astype(np.float64)
        return [bool(np.isfinite(narrow).all()) and bool((np.abs(narrow - everything) <= allowed).all())]
