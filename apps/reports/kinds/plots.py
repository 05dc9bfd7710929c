"""Plots of runs: a dot, a bar, a line or a count for each, by what they were given and what they reached."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from apps.plots.axes import STATE, TOOK, Axis, Subject, read_axes
from apps.plots.bars import bar_answer
from apps.plots.errors import MAX_AXES, MAX_BARS, MAX_BINS
from apps.plots.histograms import histogram_answer
from apps.plots.parallel import parallel_answer
from apps.plots.pictures import PlotSight, plot_picture
from apps.plots.scatter import scatter_answer
from apps.rendering.errors import CannotRender
from apps.rendering.look import Theme
from apps.reports.block_fields import BlockProblem, Fields, short
from apps.reports.held_pieces import Pieces
from apps.reports.kinds.keeping import kept_pictures
from apps.reports.kinds.kind import (
    PICTURE_HEIGHT,
    PICTURE_WIDTH,
    Asking,
    Bound,
    Content,
    Drawn,
    KeptPicture,
    Kind,
    NotDrawable,
)
from apps.reports.kinds.names import read_name
from apps.runs.filters_syntax import Field, FilterError
from apps.runs.run_table import Chosen
from apps.runs.value_columns import Ints

Axes = Mapping[str, Axis]


@dataclass(frozen=True)
class PlotOptions:
    """subjects: what is along each axis. logs: axes that are logarithmic, or not, where that is said.

    lines: of what was said, in the report.
    """

    subjects: Mapping[str, Subject]
    logs: Mapping[str, bool]
    lines: Mapping[str, int]
    bins: int | None = None
    bars: int = MAX_BARS


@dataclass(frozen=True)
class Plot(Content):
    """plot: as apps/plots calls it. answer: what it draws, as the plots of the run table are answered."""

    plot: str
    answer: Mapping[str, Any]
    options: PlotOptions
    id: str

    template: ClassVar = "reports/kinds/plot.html"

    @property
    def view(self) -> Mapping[str, Any]:
        return {"axes": {name: _text(one) for name, one in self.options.subjects.items()}, "logs": self.options.logs}

    @property
    def data(self) -> dict[str, Any]:
        """What its element on a page reads."""
        logs = {name if name == "log" else f"{name}_log": str(int(log)) for name, log in self.options.logs.items()}
        return {"plot": {"kind": self.plot, "line": "1", **logs}, "answer": self.answer}

    def kept(self, part: Drawn, pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        key = ", ".join(map(_text, self.options.subjects.values()))
        data = pieces.add_json(self.answer)
        height = part.block.height or PICTURE_HEIGHT

        def draw(theme: Theme) -> bytes:
            sight = PlotSight(width=PICTURE_WIDTH, height=height, theme=theme, logs=self.options.logs)
            return plot_picture(self.plot, self.answer, sight)

        try:
            alt = f"{part.block.kind.says}: {key} of {self.answer['with']:,} runs."
            found = KeptPicture(key, kept_pictures(draw, pieces), data, height=height, alt=alt)
        except CannotRender as error:
            found = KeptPicture(key, {}, data, error.message, height=height)
        progress()
        return [found]


class PlotKind(Kind[PlotOptions]):
    plot: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    takes: ClassVar[tuple[str, ...]] = ()
    logs: ClassVar[Mapping[str, str]] = {}  # axes by the option that says whether they are logarithmic
    head = "reports/kinds/_plot_head.html"
    legend = False

    def read(self, fields: Fields) -> PlotOptions:
        missing = [name for name in self.needs if not fields.text(name)]
        if missing:
            message = f"The block does not say its {' and '.join(f'“{name}”' for name in missing)}."
            raise BlockProblem(message, fields.line(fields.root))
        said = [name for name in (*self.needs, *self.takes) if fields.text(name)]
        return PlotOptions(
            {name: _subject(fields.text(name), fields.line_of(name)) for name in said},
            {axis: fields.flag(name) for name, axis in self.logs.items() if name in fields},
            {name: fields.line_of(name) for name in said},
        )

    def content(self, asking: Asking, bound: Bound, number: int, gathered: None) -> Plot:
        """Two queries an axis, and one for names."""
        options: PlotOptions = bound.options
        runs = np.sort(np.array([run.id for run in bound.runs], np.int64))
        try:
            axes = read_axes(asking.project, Chosen(), runs, options.subjects)
        except FilterError as error:
            line = options.lines.get(next(iter(error.fields), ""))
            raise NotDrawable(error.problem, mistake=True, line=line) from error
        for name, axis in axes.items():
            if not axis.known:
                message = f"No run of this project has “{short(axis.text)}”."
                raise NotDrawable(message, line=options.lines[name])
        answer = self.answer(runs, axes, options)
        if not answer["with"]:
            raise NotDrawable(f"None of these {len(runs):,} runs has all that the plot shows.")
        return Plot(self.plot, answer, options, f"report-plot-{number}")

    @abstractmethod
    def answer(self, runs: Ints, axes: Axes, options: PlotOptions) -> Mapping[str, Any]:
        """What is drawn of runs, ids ascending."""


class ScatterKind(PlotKind):
    name = plot = "scatter"
    says = "A dot a run: one value over another, in colours and sizes of others"
    example = "x: config.lr\ny: {key}\ncolour: group"
    needs, takes = ("x", "y"), ("colour", "size")
    logs: ClassVar = {"x_log": "x", "y_log": "y"}
    options = (*needs, *takes, *logs)

    def answer(self, runs: Ints, axes: Axes, options: PlotOptions) -> Mapping[str, Any]:
        logs = options.logs
        return scatter_answer(runs, dict(axes), x_log=logs.get("x", False), y_log=logs.get("y", False))


class BarsKind(PlotKind):
    name = plot = "bars"
    says = "A bar a run, or a group of runs with its mean and deviation"
    example = "value: {key}\ngroup: group"
    needs, takes = ("value",), ("group",)
    logs: ClassVar = {"log": "log"}
    options = (*needs, *takes, *logs, "bars")

    def read(self, fields: Fields) -> PlotOptions:
        found = super().read(fields)
        return PlotOptions(found.subjects, found.logs, found.lines, bars=fields.whole("bars", 1, MAX_BARS) or MAX_BARS)

    def answer(self, runs: Ints, axes: Axes, options: PlotOptions) -> Mapping[str, Any]:
        if axes["value"].kind == "text":
            raise NotDrawable(f"“{axes['value'].title}” holds texts, which have no bars.", mistake=True)
        log = options.logs.get("log", False)
        return bar_answer(runs, axes["value"], axes.get("group"), log=log, most=options.bars)


class DistributionKind(PlotKind):
    name, plot = "distribution", "histogram"
    says = "How many runs have which value, in parts by a group"
    example = "value: {key}\ngroup: group"
    needs, takes = ("value",), ("group",)
    logs: ClassVar = {"log": "log"}
    options = (*needs, *takes, *logs, "bins")

    def read(self, fields: Fields) -> PlotOptions:
        found = super().read(fields)
        return PlotOptions(found.subjects, found.logs, found.lines, bins=fields.whole("bins", 1, MAX_BINS))

    def answer(self, runs: Ints, axes: Axes, options: PlotOptions) -> Mapping[str, Any]:
        log = options.logs.get("log", False)
        return histogram_answer(runs, axes["value"], axes.get("group"), log=log, bins=options.bins)


class ParallelKind(PlotKind):
    name = plot = "parallel"
    says = "A line a run through several axes"
    example = "axes: [config.lr, config.batch_size, {key}]\ncolour: {key}"
    needs, takes = (), ("colour",)
    options = ("axes", *takes)

    def read(self, fields: Fields) -> PlotOptions:
        found = super().read(fields)
        texts = fields.texts("axes", "An axis")
        line = fields.line_of("axes")
        if not 2 <= len(texts) <= MAX_AXES:
            raise BlockProblem(f"“axes” names 2 to {MAX_AXES} values; {len(texts)} came.", line)
        columns = {f"axis {place}": _subject(text, line) for place, text in enumerate(texts, 1)}
        return PlotOptions({**columns, **found.subjects}, {}, {**dict.fromkeys(columns, line), **found.lines})

    def answer(self, runs: Ints, axes: Axes, options: PlotOptions) -> Mapping[str, Any]:
        columns = [axis for name, axis in axes.items() if name != "colour"]
        return parallel_answer(runs, columns, axes.get("colour"))


PLOT_KINDS: Sequence[PlotKind] = (ScatterKind(), BarsKind(), DistributionKind(), ParallelKind())


def _subject(text: str, line: int) -> Subject:
    if text in (STATE, TOOK):
        return text
    found = read_name(text)
    if isinstance(found, Field):
        raise BlockProblem(f"A plot cannot show “{found.name}”.", line)
    return found


def _text(subject: Subject) -> str:
    return subject if isinstance(subject, str) else subject.text
