"""Chart reads: which points of which runs a chart draws. First exact cells, then pixel columns (downsample.py)."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from apps.core.transactions import series_snapshot
from apps.history import store
from apps.history.bands import Band, band, band_shift, coarser, wide_enough
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
    fold_points,
    joined_buckets,
    joined_points,
    merged,
    one_bucket,
)
from apps.history.clocks import Starts, run_clocks
from apps.history.downsample import (
    CELLS_PER_PIXEL,
    SPIKES,
    Axis,
    Drawn,
    cell_shift,
    cut_points,
    drawn_cells,
    drawn_means,
    drawn_points,
    grown,
    spiky_cells,
)
from apps.history.joined import Pair, Span, join, path, whole_span
from apps.history.neighbours import neighbours
from apps.history.reading import STEP_MAX, STEP_MIN, Found, Piece, Want, pieces, read, whole
from apps.history.smoothing import Smooth, reach, smoothed, step_shifts, time_columns
from apps.history.time_cells import read_time_cells

FORMAT = 2
STEADY_COLUMNS = 1  # the cell that grows may reach into the column before its own

Draw = Literal["lines", "mean", "band"]
X = Literal["step", "time", "relative", "active", "key"]
Groups = tuple[tuple[str, tuple[int, ...]], ...]  # each a name and the runs


@dataclass(frozen=True)
class Question:
    """What a chart asks: one key of some runs over a range of x, for px pixel columns.

    start, end: both inclusive, in steps, ms since epoch (time) or ms of the run (relative, active); None is as far as
    there are points. groups: of the runs, one band each (draw "band", over steps only). smooth: half-life of a moving
    average in units of x, beside lines and means. starts: when the runs' attempts started, for relative and active.
    x_key: the metric that x is, and span, the range of it, in place of start and end (x "key", lines only).
    growing: without an end, lines and means keep their pixel columns while the range grows (downsample.grown).
    """

    run_ids: tuple[int, ...]
    key: str
    x: X = "step"
    start: int | None = None
    end: int | None = None
    px: int = 800
    draw: Draw = "lines"
    groups: Groups = ()
    smooth: float | None = None
    starts: Starts = ()
    x_key: str = ""
    span: Span = (None, None)
    growing: bool = False


@dataclass(frozen=True)
class Line:
    """One run's part of an answer.

    x int64 (m,), or float64 where it is a metric; y float64 (m,), NaN where the line breaks; low and high (m,) with
    draw "mean". stored: visible points
    in the range; drawn: finite points in x and y; superseded: points of the series hidden by newer attempts; level: the
    shift of the stored level that served, 0 for points; nonfinite: (x, kind, n) per pixel column and kind.
    """

    run_id: int
    x: Ints | Floats
    y: Floats
    stored: int
    drawn: int
    superseded: int
    method: Literal["raw", "m4", "mean", "m4-joined"]
    level: int
    nonfinite: Sequence[tuple[float, str, int]] = field(default_factory=list)
    low: Floats | None = None
    high: Floats | None = None
    smooth: Smooth | None = None
    unplaced: int = 0  # points for which there is no x
    steady: int | None = None  # x before which points stay as they are when others follow the last; None: all of them


@dataclass(frozen=True)
class Answer:
    """start, end: the range drawn. selected: runs asked for; shown: runs that have points of the key."""

    question: Question
    start: float
    end: float
    selected: int
    shown: int
    lines: list[Line]
    bands: list[Band] = field(default_factory=list)


@dataclass
class _Plot:
    """One run's line while it is being made."""

    attempts: list[Piece]
    superseded: int = 0
    cells: Buckets = NO_BUCKETS
    points: Points | None = None  # all visible points in the range, when they are few
    level: int = 0
    found: list[Found] = field(default_factory=list)
    smooth_cells: list[Buckets] = field(default_factory=list)  # before the range and in it
    smooth_width: int = 0  # of the widest of them

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
    keys = {key for question in questions for key in (question.key, question.x_key) if key}
    with series_snapshot():
        found = pieces(run_ids, keys)
        superseded = _superseded([piece for attempts in found.values() for piece in attempts if piece.is_cut])
        charts = []
        ends = []  # of the ranges, before they are made to last
        clocks = _clocks(questions)
        for question in questions:
            one = key_id(question.key)
            plots = {
                run_id: _Plot(found[run_id, one], superseded.get((run_id, one), 0))
                for run_id in question.run_ids
                if (run_id, one) in found
            }
            if question.x in clocks:
                for run_id, plot in plots.items():
                    clock = clocks[question.x][run_id]
                    plot.attempts = [replace(piece, clock=clock.get(piece.attempt, 0)) for piece in plot.attempts]
            axis = Axis(0, 0, 1) if question.x == "key" else _range(question, plots)
            ends.append(axis.end)
            charts.append((question, plots, grown(axis) if question.growing and question.end is None else axis))
        joined = _joined([(question, plots) for question, plots, _ in charts if question.x == "key"], found)
        _read_steps([chart for chart in charts if chart[0].x == "step" and chart[0].draw != "band"])
        for question, plots, axis in charts:
            if question.x in ("time", *clocks):
                _read_times(question, plots, axis)
        groups = [_groups(question, plots) for question, plots, _ in charts]  # none but for bands
        _read_bands([group for some in groups for group in some])
        _read_smooth([chart for chart in charts if chart[0].smooth is not None])
        result = []
        for (question, plots, axis), some, end in zip(charts, groups, ends, strict=True):
            if question.x == "key":
                result.append(next(joined))
            elif question.draw == "band":
                bands = [_band(group) for group in some]
                result.append(Answer(question, axis.start, end, len(question.run_ids), len(plots), [], bands))
            else:
                result.append(replace(_answer(question, plots, axis), end=end))
        return result


_Chart = tuple[Question, dict[int, _Plot], Axis]


def _clocks(questions: Sequence[Question]) -> dict[str, dict[int, dict[int, int]]]:
    """The clocks of the attempts of all runs whose time is asked from their start: x to run id to attempt to ms."""
    result: dict[str, dict[int, dict[int, int]]] = {}
    for x in ("relative", "active"):
        asked = [question for question in questions if question.x == x]
        if asked:
            starts = {start for question in asked for start in question.starts}
            run_ids = sorted({run_id for question in asked for run_id in question.run_ids})
            result[x] = run_clocks(tuple(sorted(starts)), run_ids, active=x == "active")
    return result


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
    few = []
    lines = [plot.attempts for plot in plots.values()]
    for plot, found in zip(plots.values(), read_time_cells(lines, axis, sums=sums), strict=True):
        plot.cells, plot.level = found.cells, found.level
        if plot.stored <= CELLS_PER_PIXEL * axis.px:
            plot.points = found.points
            if found.points.size != plot.stored:
                few.append(plot)
    for plot, found in zip(few, read_time_cells([plot.attempts for plot in few], axis, exact=True), strict=True):
        plot.cells, plot.points = found.cells, found.points


@dataclass
class _Group:
    """One group's band while it is being made. shift: of the cells that its range alone asks for."""

    name: str
    run_ids: tuple[int, ...]
    plots: list[_Plot]
    axis: Axis
    shift: int


def _groups(question: Question, plots: dict[int, _Plot]) -> list[_Group]:
    """The groups of a question. Each has plots of its own, and its own range where the question names none."""
    groups = []
    for name, run_ids in question.groups:
        members = {run_id: replace(plots[run_id], found=[]) for run_id in run_ids if run_id in plots}
        axis = _range(question, members)
        shift = band_shift(axis.start, axis.end, axis.px)
        groups.append(_Group(name, run_ids, list(members.values()), axis, shift))
    return groups


def _read_bands(groups: list[_Group]) -> None:
    """Fill the plots of all groups: one query per level, however many groups and runs."""
    wants: list[Want] = []
    owners: list[_Plot] = []
    for group in groups:
        for plot in group.plots:
            for piece in plot.attempts:
                wants.append(Want(piece, group.axis.start, min(group.axis.end, piece.hi), group.shift))
                owners.append(plot)
    for plot, found in zip(owners, read(wants, sums=True), strict=True):
        plot.found.append(found)
    for group in groups:
        for plot in group.plots:
            plot.level = max(found.level for found in plot.found)
            plot.cells = merged([found.cells for found in plot.found], group.shift)


def _band(group: _Group) -> Band:
    """The band of a group whose plots are read."""
    cells = [plot.cells for plot in group.plots]
    shift = wide_enough(cells, group.shift)
    superseded = sum(plot.superseded for plot in group.plots)
    level = max((plot.level for plot in group.plots), default=0)
    cells = [coarser(one, shift) for one in cells]
    return band(group.name, group.run_ids, cells, shift, superseded=superseded, level=level)


def _joined(
    charts: list[tuple[Question, dict[int, _Plot]]], found: Mapping[tuple[int, int], list[Piece]]
) -> Iterator[Answer]:
    """The answers over another metric, in order. Questions of the same range and pixels are read together."""
    pairs = [
        {run_id: Pair(plot.attempts, found.get((run_id, key_id(question.x_key)), [])) for run_id, plot in plots.items()}
        for question, plots in charts
    ]
    alike: dict[tuple[Span, int], list[Pair]] = {}
    for (question, _), some in zip(charts, pairs, strict=True):
        alike.setdefault((question.span, question.px), []).extend(some.values())
    for (span, px), some_pairs in alike.items():
        join(some_pairs, span, px)
    return (_joined_answer(question, plots, some) for (question, plots), some in zip(charts, pairs, strict=True))


def _joined_answer(question: Question, plots: dict[int, _Plot], pairs: dict[int, Pair]) -> Answer:
    start, end = whole_span(list(pairs.values()), question.span)
    lines = []
    for run_id, pair in pairs.items():
        drawn = path(pair, start, end, question.px)
        lines.append(
            Line(
                run_id,
                drawn.x,
                drawn.y,
                drawn.stored,
                int(np.isfinite(drawn.y).sum()),
                plots[run_id].superseded,
                "raw" if pair.raw else "m4-joined",
                pair.level,
                drawn.nonfinite,
                unplaced=pair.unplaced,
            )
        )
    return Answer(question, start, end, len(question.run_ids), len(lines), lines)


def _read_smooth(charts: list[_Chart]) -> None:
    """Read what smoothing needs: cells before the range and in it, narrow against the half-life."""
    wants: list[Want] = []
    parts: list[tuple[_Plot, int, int]] = []  # of which plot, how many wants, their shift
    for question, plots, axis in charts:
        assert question.smooth is not None
        begin = max(STEP_MIN, axis.start - 2 * reach(question.smooth))  # the point left of the range looks back, too
        if question.x == "step":
            left, inside = step_shifts(question.smooth, cell_shift(axis.start, axis.end, axis.px))
            begin = begin >> left << left
            for plot in plots.values():
                plot.smooth_width = 2**left
                for lo, hi, shift in ((begin, axis.start - 1, left), (axis.start, axis.end, inside)):
                    wants += [Want(piece, lo, min(hi, piece.hi), shift) for piece in plot.attempts]
                    parts.append((plot, len(plot.attempts), shift))
            continue
        lines = [plot.attempts for plot in plots.values()]
        for start, end, px in ((begin, axis.start - 1, 1), (axis.start, axis.end, axis.px)):
            if start > end:
                continue
            part = Axis(start, end, max(px, time_columns(question.smooth, end - start + 1)))
            for plot, found in zip(plots.values(), read_time_cells(lines, part, sums=True), strict=True):
                plot.smooth_cells.append(found.cells)
                plot.smooth_width = max(plot.smooth_width, (end - start + 1) // (CELLS_PER_PIXEL * part.px))
    found_cells = iter(read(wants, sums=True))
    for plot, count, shift in parts:
        plot.smooth_cells.append(merged([next(found_cells).cells for _ in range(count)], shift))


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
    steady = None
    if plot.points is None and len(drawn.x):
        steady = axis.start_of_column(min(int(drawn.x[-1]), axis.end), back=STEADY_COLUMNS)
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
        None if question.smooth is None else _smooth(plot, question.smooth, axis, question.x, side[1]),
        steady=steady,
    )


def _smooth(plot: _Plot, half_life: float, axis: Axis, x: str, after: tuple[int, float] | None) -> Smooth:
    """The smoothed line of a plot. after: the nearest finite point behind the range."""
    cells = plot.smooth_cells
    if after is not None:
        at = np.array([after[0]])
        cells = [*cells, fold_points(Points(at, at, np.array([after[1]])), 0)]
    xs, ys = smoothed(joined_buckets(cells), half_life, axis, x)
    return Smooth(xs, ys, plot.smooth_width)


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
