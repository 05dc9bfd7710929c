"""Chart reads: which points of which runs a chart draws. First exact cells, then pixel columns (downsample.py)."""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from apps.core.transactions import series_snapshot
from apps.history import store
from apps.history.batches import Floats, Ints, key_id
from apps.history.buckets import (
    FIRST_LEVEL,
    FIRST_STEP,
    NO_BUCKETS,
    START,
    TIME_MAX,
    TIME_MIN,
    Buckets,
    Points,
    fold_buckets,
    fold_points,
    joined_buckets,
    joined_points,
    merged,
    one_bucket,
)
from apps.history.downsample import (
    CELLS_PER_PIXEL,
    SPIKES,
    Axis,
    Drawn,
    cell_shift,
    close_cells,
    cut_points,
    drawn_cells,
    drawn_means,
    drawn_points,
    spiky_cells,
)
from apps.history.neighbours import neighbours
from apps.history.reading import STEP_MAX, STEP_MIN, Found, Piece, Want, pieces, read, whole

FORMAT = 1


@dataclass(frozen=True)
class Question:
    """What a chart asks: one key of some runs over a range of x, for px pixel columns.

    start, end: both inclusive, in steps or ms since epoch; None is as far as there are points.
    """

    run_ids: tuple[int, ...]
    key: str
    x: Literal["step", "time"] = "step"
    start: int | None = None
    end: int | None = None
    px: int = 800
    draw: Literal["lines", "mean"] = "lines"


@dataclass(frozen=True)
class Line:
    """One run's part of an answer.

    x int64 (m,), y float64 (m,), NaN where the line breaks; low and high (m,) with draw "mean". stored: visible points
    in the range; drawn: finite points in x and y; superseded: points of the series hidden by newer attempts; level: the
    shift of the stored level that served, 0 for points; nonfinite: (x, kind, n) per pixel column and kind.
    """

    run_id: int
    x: Ints
    y: Floats
    stored: int
    drawn: int
    superseded: int
    method: Literal["raw", "m4", "mean"]
    level: int
    nonfinite: list[tuple[int, str, int]] = field(default_factory=list)
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class Answer:
    """start, end: the range drawn. selected: runs asked for; shown: runs that have points of the key."""

    question: Question
    start: int
    end: int
    selected: int
    shown: int
    lines: list[Line]


@dataclass
class _Plot:
    """One run's line while it is being made."""

    attempts: list[Piece]
    superseded: int = 0
    cells: Buckets = NO_BUCKETS
    points: Points | None = None  # all visible points in the range, when they are few
    level: int = 0
    found: list[Found] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All points of the series."""
        return sum(piece.total for piece in self.attempts)

    @property
    def stored(self) -> int:
        """Visible points in the range."""
        return int(self.cells.points.sum())


def answers(questions: Sequence[Question]) -> list[Answer]:
    """One answer per question, all from one snapshot; each run's tail is read once for all."""
    run_ids = sorted({run_id for question in questions for run_id in question.run_ids})
    keys = {question.key for question in questions}
    with series_snapshot():
        found = pieces(run_ids, keys)
        superseded = _superseded([piece for attempts in found.values() for piece in attempts if piece.is_cut])
        charts = []
        for question in questions:
            one = key_id(question.key)
            plots = {
                run_id: _Plot(found[run_id, one], superseded.get((run_id, one), 0))
                for run_id in question.run_ids
                if (run_id, one) in found
            }
            charts.append((question, plots, _range(question, plots)))
        _read_steps([chart for chart in charts if chart[0].x == "step"])
        for question, plots, axis in charts:
            if question.x == "time":
                _read_times(question, plots, axis)
        return [_answer(question, plots, axis) for question, plots, axis in charts]


_Chart = tuple[Question, dict[int, _Plot], Axis]


def _superseded(cut: list[Piece]) -> dict[tuple[int, int], int]:
    """How many points newer attempts hide, per run and key id."""
    result: dict[tuple[int, int], int] = {}
    hidden = read([Want(piece, piece.hi + 1, STEP_MAX, 62) for piece in cut])
    for piece, found in zip(cut, hidden, strict=True):
        series = piece.run_id, piece.key_id
        result[series] = result.get(series, 0) + int(found.cells.points.sum())
    return result


def _range(question: Question, plots: dict[int, _Plot]) -> Axis:
    """The range a question is about: what it names, else from the first to the last visible point of all its runs."""
    start, end = question.start, question.end
    if start is None or end is None:
        visible = [piece for plot in plots.values() for piece in plot.attempts]
        lows, highs = [], []
        if question.x == "step":
            for piece in visible:
                if piece.first_step <= piece.hi:
                    lows.append(piece.first_step)
                    highs.append(min(piece.last_step, piece.hi))
        else:
            for bucket in whole(visible).values():
                lows.append(int(bucket.ints[TIME_MIN, 0]))
                highs.append(int(bucket.ints[TIME_MAX, 0]))
        start = min(lows, default=0) if start is None else start
        end = max(highs, default=0) if end is None else end
        if start > end:
            start, end = (start, start) if question.start is not None else (end, end)
    return Axis(start, end, question.px)


def _read_steps(charts: list[_Chart]) -> None:
    """Fill the plots of all questions over steps: one query per level, however many questions and runs."""
    wants: list[Want] = []
    owners: list[_Plot] = []
    sums = any(question.draw == "mean" for question, _, _ in charts)
    for _, plots, axis in charts:
        shift = cell_shift(axis.start, axis.end, axis.px)
        for plot in plots.values():
            few = plot.total <= CELLS_PER_PIXEL * axis.px
            for piece in plot.attempts:
                wants.append(Want(piece, axis.start, min(axis.end, piece.hi), None if few else shift))
                owners.append(plot)
    for plot, found in zip(owners, read(wants, sums=sums), strict=True):
        plot.found.append(found)
    few_plots: list[tuple[_Plot, Axis]] = []
    for _, plots, axis in charts:
        shift = cell_shift(axis.start, axis.end, axis.px)
        for plot in plots.values():
            if plot.total <= CELLS_PER_PIXEL * axis.px:
                plot.points = joined_points([found.points for found in plot.found])
                continue
            plot.level = max((found.level for found in plot.found), default=0)
            plot.cells = merged([found.cells for found in plot.found], shift)
            if plot.stored <= CELLS_PER_PIXEL * axis.px:
                few_plots.append((plot, axis))
    again = [
        Want(piece, axis.start, min(axis.end, piece.hi), None) for plot, axis in few_plots for piece in plot.attempts
    ]
    exact = iter(read(again))
    for plot, _ in few_plots:
        plot.points = joined_points([next(exact).points for _ in plot.attempts])
    _sharpen([chart for chart in charts if chart[0].draw == "lines"])


def _sharpen(charts: list[_Chart]) -> None:
    """Cut the cells of spikes where two pixel columns meet: coarsely, then the worst that is left exactly.

    Coarsely means around the bucket of the finest level there, so that no points need be read.
    """
    _cut_spikes(charts, SPIKES, FIRST_LEVEL)
    _cut_spikes(charts, 1, 0)


def _cut_spikes(charts: list[_Chart], at_most: int, grid: int) -> None:
    """Cut up to so many cells of each line around the 2**grid steps (0: 1) at a border: one query per level.

    Cells no wider than that are cut at the border itself.
    """
    wants: list[Want] = []
    cuts: list[tuple[_Plot, int, list[tuple[int, int]]]] = []  # a cell's place; first step of each part, its wants
    for _, plots, axis in charts:
        shift = cell_shift(axis.start, axis.end, axis.px)
        for plot in plots.values():
            if plot.points is not None:
                continue
            starts = plot.cells.ints[START]
            for place in spiky_cells(plot.cells, axis, at_most).tolist():
                after = int(starts[place + 1]) if place + 1 < len(starts) else axis.end + 1
                border = axis.end_of_column(int(plot.cells.ints[FIRST_STEP, place])) + 1
                bounds = {max(axis.start, int(starts[place])), after}
                bounds |= {one for one in cut_points(border, grid if grid < shift else 0) if min(bounds) < one < after}
                parts = []
                for lo, hi in itertools.pairwise(sorted(bounds)):
                    before = len(wants)
                    finer = (hi - lo).bit_length() - 1  # the level of the whole cell has nothing of a part
                    wants.extend(
                        Want(piece, lo, min(hi - 1, piece.hi), finer)
                        for piece in plot.attempts
                        if piece.first_step < hi and lo <= min(piece.hi, piece.last_step)
                    )
                    parts.append((lo, len(wants) - before))
                cuts.append((plot, place, parts))
    found = iter(read(wants))
    for _, group in itertools.groupby(cuts, key=lambda cut: id(cut[0])):
        some = list(group)
        plot = some[0][0]
        cells: list[Buckets] = []
        done = 0
        for _, place, parts in some:
            cells.append(plot.cells.part(slice(done, place)))
            cells.extend(one_bucket([next(found).cells for _ in range(count)], lo) for lo, count in parts)
            done = place + 1
        plot.cells = joined_buckets([*cells, plot.cells.part(slice(done, None))])


def _read_times(question: Question, plots: dict[int, _Plot], axis: Axis) -> None:
    """Fill the plots of one question over time; those with few points in the range get all of them."""
    sums = question.draw == "mean"
    _read_close_cells(list(plots.values()), axis, sums=sums, exact=False)
    few = []
    for plot in plots.values():
        if plot.stored > CELLS_PER_PIXEL * axis.px:
            plot.points = None
        elif plot.points is None or plot.points.size != plot.stored:
            few.append(plot)
    _read_close_cells(few, axis, sums=False, exact=True)


def _read_close_cells(plots: list[_Plot], axis: Axis, *, sums: bool, exact: bool) -> None:
    """Step cells whose points are close together in time, from the top: one query per level.

    A cell that is not, or that the range cuts, is replaced by its finer cells, down to points. exact: every cell is.
    """
    work: list[tuple[_Plot, Want]] = []
    parts: dict[int, list[Buckets]] = {id(piece): [] for plot in plots for piece in plot.attempts}
    raw: dict[int, list[Points]] = {id(piece): [] for plot in plots for piece in plot.attempts}
    for plot in plots:
        for piece in plot.attempts:
            work.append((plot, Want(piece, STEP_MIN, piece.hi, max(piece.levels, default=None))))
            plot.level = max(plot.level, _time_level(piece, axis))
    while work:
        finer: list[tuple[_Plot, Want]] = []
        results = read([want for _, want in work], times=True, sums=sums)
        for (plot, want), found in zip(work, results, strict=True):
            if want.shift is None:
                inside = (found.points.time >= axis.start) & (found.points.time <= axis.end)
                if np.count_nonzero(inside) <= CELLS_PER_PIXEL * axis.px:
                    raw[id(want.piece)].append(found.points.part(inside))
                parts[id(want.piece)].append(_close_points(found.points, axis))
                continue
            ints = found.cells.ints
            lows, highs, close = close_cells(ints[START], ints[TIME_MIN], ints[TIME_MAX], axis, want.shift, exact)
            parts[id(want.piece)].append(_folded(found.cells, lows[close], highs[close]))
            goal = _time_level(want.piece, axis)
            finer.extend((plot, deeper) for deeper in _deeper(want, ints[START][lows[~close]], goal))
        work = finer
    for plot in plots:
        # Attempt by attempt: a cell's START is that of its level's bucket, which may lie before a cut.
        plot.cells = joined_buckets([_by_start(joined_buckets(parts[id(piece)])) for piece in plot.attempts])
        points = joined_points([part for piece in plot.attempts for part in raw[id(piece)]])
        plot.points = points.part(np.argsort(points.step, kind="stable"))


def _by_start(cells: Buckets) -> Buckets:
    return cells.part(np.argsort(cells.ints[START], kind="stable"))


def _time_level(piece: Piece, axis: Axis) -> int:
    """The level that probably serves a range of time. Any gives the same answer; a good one reads little."""
    if not piece.points or not piece.levels:
        return 0
    begin, end = int(piece.head.ints[TIME_MIN, 0]), int(piece.head.ints[TIME_MAX, 0])
    share = min(1.0, (axis.end - axis.start + 1) / max(1, end - begin + 1))
    steps = (piece.step_max - piece.step_min + 1) * share
    return max((level for level in piece.levels if steps / 2**level >= CELLS_PER_PIXEL * axis.px), default=0)


def _close_points(points: Points, axis: Axis) -> Buckets:
    """Cells of points: those close together in time as one, others one by one; none outside the range."""
    lows, highs, close = close_cells(points.step, points.time, points.time, axis, 0)
    parts = [_folded_points(points, lows[close], highs[close])]
    alone = [np.arange(lo, hi) for lo, hi in zip(lows[~close], highs[~close], strict=True)]
    if alone:
        rest = points.part(np.concatenate(alone))
        rest = rest.part((rest.time >= axis.start) & (rest.time <= axis.end))
        if rest.size:
            parts.append(fold_points(rest, 0, np.arange(rest.size + 1)))
    return joined_buckets(parts)


def _slices(lows: Ints, highs: Ints, size: int) -> tuple[slice | np.ndarray, Ints]:
    """What chooses the items of ascending slices, and the slices' bounds among the chosen ones."""
    bounds = np.append(0, np.cumsum(highs - lows))
    if len(lows) and bounds[-1] == highs[-1] - lows[0]:  # one after the other: nothing need be copied
        return slice(int(lows[0]), int(highs[-1])), bounds
    change = np.zeros(size + 1, np.int64)
    change[lows] += 1
    np.subtract.at(change, highs, 1)
    return np.cumsum(change[:-1]) > 0, bounds


def _folded(cells: Buckets, lows: Ints, highs: Ints) -> Buckets:
    chosen, bounds = _slices(lows, highs, cells.size)
    return fold_buckets(cells.part(chosen), 0, bounds)


def _folded_points(points: Points, lows: Ints, highs: Ints) -> Buckets:
    chosen, bounds = _slices(lows, highs, points.size)
    return fold_points(points.part(chosen), 0, bounds)


def _deeper(want: Want, starts: Ints, goal: int) -> list[Want]:
    """Wants for the cells of a want that begin at starts, at the level `goal` or the next finer one.

    Neighbouring cells become one want.
    """
    assert want.shift is not None
    finer = [level for level in want.piece.levels if level < want.shift]
    level = None if goal == 0 or not finer else goal if goal in finer else max(finer)
    result: list[Want] = []
    width = 2**want.shift
    for start in starts.tolist():
        lo, hi = max(want.lo, start), min(want.hi, start + width - 1)
        if result and result[-1].hi == lo - 1:
            result[-1] = result[-1]._replace(hi=hi)
        else:
            result.append(Want(want.piece, lo, hi, level))
    return result


def _answer(question: Question, plots: dict[int, _Plot], axis: Axis) -> Answer:
    sides = neighbours(
        [plot.attempts for plot in plots.values()], [plot.found for plot in plots.values()], axis, question.x
    )
    lines = [
        _line(question, run_id, plot, axis, side) for (run_id, plot), side in zip(plots.items(), sides, strict=True)
    ]
    return Answer(question, axis.start, axis.end, len(question.run_ids), len(lines), lines)


def _line(
    question: Question,
    run_id: int,
    plot: _Plot,
    axis: Axis,
    side: tuple[tuple[int, float] | None, tuple[int, float] | None],
) -> Line:
    method: Literal["raw", "m4", "mean"] = "m4"
    level = plot.level
    if plot.points is not None:
        method, level = "raw", 0
        odd = plot.points.part(~np.isfinite(plot.points.value))
        drawn = drawn_points(plot.points, fold_points(odd, 0, np.arange(odd.size + 1)), axis, question.x)
    elif question.draw == "mean":
        method = "mean"
        drawn = drawn_means(plot.cells, axis, question.x)
    else:
        drawn = drawn_cells(plot.cells, axis, question.x)
    drawn = _with_neighbours(drawn, side)
    return Line(
        run_id,
        drawn.x,
        drawn.y,
        plot.stored if plot.points is None else plot.points.size,
        int(np.isfinite(drawn.y).sum()),
        plot.superseded,
        method,
        level,
        drawn.nonfinite,
        drawn.low,
        drawn.high,
    )


def _with_neighbours(drawn: Drawn, side: tuple[tuple[int, float] | None, tuple[int, float] | None]) -> Drawn:
    """Put the real neighbours outside the range in front of and behind a line, so that it reaches the frame."""
    left, right = ([one] if one else [] for one in side)
    if not left and not right:
        return drawn

    def around(middle: np.ndarray, before: list[float], after: list[float]) -> np.ndarray:
        return np.concatenate([np.array(before, middle.dtype), middle, np.array(after, middle.dtype)])

    ys = [y for _, y in left], [y for _, y in right]
    low = None if drawn.low is None else around(drawn.low, *ys)
    high = None if drawn.high is None else around(drawn.high, *ys)
    x = around(drawn.x, [x for x, _ in left], [x for x, _ in right])
    return Drawn(x, around(drawn.y, *ys), drawn.nonfinite, low, high)


def etag(questions: Sequence[Question]) -> str:
    """A name for the answers: it moves with every accepted batch of the runs, and not with compaction."""
    totals = store.totals(sorted({run_id for question in questions for run_id in question.run_ids}))
    state = [(run_id, sum(points)) for run_id, points in totals.items()]
    return hashlib.blake2b(repr((FORMAT, list(questions), state)).encode(), digest_size=12).hexdigest()
