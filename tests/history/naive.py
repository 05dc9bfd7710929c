"""What a chart read must answer, computed the plain way from all points. Imports nothing of the application.

A point is (attempt, step, time, value). Every function is written from the rules in docs/architecture.md, not from
the code.
"""

import math
from typing import Any

Point = tuple[int, int, int, float]


def order(point: Point) -> tuple:
    """Series order: step, time, value; -inf first, -0.0 before 0.0, NaN last."""
    _, step, time, value = point
    if math.isnan(value):
        return step, time, 1, 0.0, 0.0
    return step, time, 0, value, math.copysign(1.0, value)


def visible(points: list[Point]) -> list[Point]:
    """Points of an attempt at or above the first step of a newer attempt are hidden."""
    first = {attempt: min(p[1] for p in points if p[0] == attempt) for attempt in {p[0] for p in points}}
    cut = {a: min((step for other, step in first.items() if other > a), default=math.inf) for a in first}
    return sorted((p for p in points if p[1] < cut[p[0]]), key=order)


def finite(points: list[Point]) -> list[Point]:
    return [p for p in points if math.isfinite(p[3])]


def kind(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def column(x: int, start: int, end: int, px: int) -> int:
    width = end - start + 1
    shift = max(0, (width - 1).bit_length() - 50)
    return (((x - start) >> shift) * px) // (((width - 1) >> shift) + 1)


def step_cells(points: list[Point], start: int, end: int, px: int, sharp: bool = True) -> list[list[Point]]:
    """Cells of the coarsest grid with at least 4·px of them, but 64 steps for 32; those of spikes cut at the border of
    two pixel columns."""
    shift = 64
    while shift and (end >> shift) - (start >> shift) + 1 < 4 * px:
        shift -= 1
    shift = 6 if shift == 5 else shift
    cells = split(points, shift)
    if sharp:
        for at_most, grid in ((4, 64 if shift > 6 else 1), (1, 1)):
            cells = [part for cell, spike in zip(cells, spiky(cells, start, end, px, at_most), strict=True)
                     for part in (cut(cell, start, end, px, grid) if spike else [cell])]  # fmt: skip
    return cells


def cut(cell: list[Point], start: int, end: int, px: int, grid: int) -> list[list[Point]]:
    """A cell before, in and after the `grid` steps (a multiple) at a border of pixel columns; or at the border."""
    left = column(finite(cell)[0][1], start, end, px)
    low, border = finite(cell)[0][1], finite(cell)[-1][1]  # the least step beyond the left column lies between
    while border - low > 1:
        middle = (low + border) // 2
        low, border = (middle, border) if column(middle, start, end, px) == left else (low, middle)
    begin = border // grid * grid
    stop = begin if begin == border else begin + grid
    parts = ([p for p in cell if p[1] < begin], [p for p in cell if begin <= p[1] < stop],
             [p for p in cell if p[1] >= stop])  # fmt: skip
    return [part for part in parts if part]


def split(points: list[Point], shift: int) -> list[list[Point]]:
    cells: dict[int, list[Point]] = {}
    for p in points:
        cells.setdefault(p[1] >> shift, []).append(p)
    return [cells[i] for i in sorted(cells)]


def spiky(cells: list[list[Point]], start: int, end: int, px: int, at_most: int) -> list[bool]:
    """Cells across a pixel border whose values differ by more than 8 times the lower median; the widest of them."""
    spans = []
    for cell in cells:
        values = [p[3] for p in finite(cell)]
        spans.append(max(values) - min(values) if values else None)
    known = sorted(span for span in spans if span is not None)
    usual = known[(len(known) - 1) // 2] if known else 0.0
    found = []
    for i, (cell, span) in enumerate(zip(cells, spans, strict=True)):
        good = finite(cell)
        if span is None or span <= 8 * usual:
            continue
        if column(good[0][1], start, end, px) != column(good[-1][1], start, end, px):
            found.append((-span, i))
    chosen = {i for _, i in sorted(found)[:at_most]}
    return [i in chosen for i in range(len(cells))]


def time_cells(points: list[Point], start: int, end: int, px: int) -> list[list[Point]]:
    """Largest dyadic step cells, per attempt, inside the range, with times within a quarter of a column."""
    close = (end - start + 1) // (4 * px)
    result: list[list[Point]] = []

    def walk(some: list[Point], shift: int) -> None:
        times = [p[2] for p in some]
        if max(times) < start or min(times) > end:
            return
        if min(times) >= start and max(times) <= end and max(times) - min(times) <= close:
            result.append(some)
        elif shift == 0:
            result.extend([p] for p in some if start <= p[2] <= end)
        else:
            halves: dict[int, list[Point]] = {}
            for p in some:
                halves.setdefault(p[1] >> (shift - 1), []).append(p)
            for half in sorted(halves):
                walk(halves[half], shift - 1)

    for attempt in sorted({p[0] for p in points}):
        walk([p for p in points if p[0] == attempt], 64)
    return sorted(result, key=lambda cell: order(cell[0]))


def place(point: Point, axis: int) -> int:
    """Where a point is on the x axis: its step (axis 1) or its time (axis 2)."""
    return point[1] if axis == 1 else point[2]


def cell_points(cell: list[Point], axis: int) -> list[tuple[int, float]]:
    """First, lowest, highest, last finite point of a cell as (x, y), in step order, equal ones once."""
    good = finite(cell)
    if not good:
        return []
    low = min(good, key=lambda p: (p[3], order(p)))
    high = max(good, key=lambda p: p[3])
    high = min((p for p in good if p[3] == high[3]), key=order)
    low = min((p for p in good if p[3] == low[3]), key=order)
    middle = [low, high] if low[1] <= high[1] else [high, low]
    result: list[tuple[int, float]] = []
    for p in (good[0], *middle, good[-1]):
        if (place(p, axis), p[3]) not in result:
            result.append((place(p, axis), p[3]))
    return result


def m4(candidates: list[tuple[int, float]], start: int, end: int, px: int) -> list[tuple[int, float]]:
    columns: dict[int, list[tuple[int, float]]] = {}
    for one in candidates:
        columns.setdefault(column(one[0], start, end, px), []).append(one)
    result = []
    for c in sorted(columns):
        some = columns[c]
        ys = [y for _, y in some]
        low, high = ys.index(min(ys)), ys.index(max(ys))
        chosen: list[tuple[int, float]] = []
        for i in sorted({0, low, high, len(some) - 1}):
            if some[i] not in chosen:
                chosen.append(some[i])
        result.extend(chosen)
    return result


def side(points: list[Point], start: int, end: int, axis: int) -> tuple[Point | None, Point | None]:
    """The nearest finite points outside the range."""
    left = [p for p in finite(points) if place(p, axis) < start]
    right = [p for p in finite(points) if place(p, axis) > end]
    if axis == 1:
        return (left[-1] if left else None), (right[0] if right else None)
    return (
        max(left, key=lambda p: (p[2], order(p)), default=None),
        min(right, key=lambda p: (p[2], order(p)), default=None),
    )


def line(points: list[Point], x: str, start: int, end: int, px: int) -> dict[str, Any]:
    """One run's part of an answer over start..end."""
    axis = 1 if x == "step" else 2
    shown = visible(points)
    inside = [p for p in shown if start <= place(p, axis) <= end]
    if len(inside) <= 4 * px:
        method = "raw"
        cells = [[p] for p in inside]
        drawn = [(place(p, axis), p[3]) for p in finite(inside)]
    else:
        method = "m4"
        cells = step_cells(inside, start, end, px) if x == "step" else time_cells(shown, start, end, px)
        drawn = m4([one for cell in cells for one in cell_points(cell, axis)], start, end, px)
    drawn.sort(key=lambda one: one[0])
    marks: dict[tuple[int, str], list[int]] = {}
    for cell in cells:
        for name in ("nan", "inf", "-inf"):
            odd = [p for p in cell if not math.isfinite(p[3]) and kind(p[3]) == name]
            if odd:
                mark = marks.setdefault((column(place(odd[0], axis), start, end, px), name), [place(odd[0], axis), 0])
                mark[0] = min(mark[0], place(odd[0], axis))
                mark[1] += len(odd)
    nonfinite = sorted((at, name, n) for (_, name), (at, n) in marks.items())
    filled = {column(at, start, end, px) for at, _ in drawn}
    gaps: dict[int, int] = {}
    for (c, _), (at, _) in marks.items():
        if c not in filled:
            gaps[c] = min(at, gaps.get(c, at))
    path: list[tuple[int, float | None]] = list(drawn)
    path += [(at, None) for at in gaps.values()]
    path.sort(key=lambda one: one[0])
    left, right = side(shown, start, end, axis)
    path = [*((place(p, axis), p[3]) for p in [left] if p), *path, *((place(p, axis), p[3]) for p in [right] if p)]
    return {
        "x": [at for at, _ in path],
        "y": [y for _, y in path],
        "stored": len(inside),
        "drawn": sum(y is not None for _, y in path),
        "superseded": len(points) - len(shown),
        "method": method,
        "nonfinite": nonfinite,
    }
