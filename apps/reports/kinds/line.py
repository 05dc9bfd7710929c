"""Metrics over steps or time: a chart a key, and below it what each run reached."""

import difflib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, cast

from apps.history.charts import Question, answers
from apps.history.queries import Head, heads
from apps.panels.errors import SMOOTH_RANGE
from apps.panels.pictures import Sight, series_picture, usual_draw, usual_px
from apps.panels.queries import Board, Panel, board
from apps.panels.questions import Asked
from apps.panels.resolving import resolved
from apps.panels.wire import json_answer_body
from apps.rendering.errors import CannotRender
from apps.rendering.look import Theme
from apps.reports.block_fields import BlockProblem, Fields
from apps.reports.held_pieces import Pieces
from apps.reports.kinds.grouped import groups_of, read_groups
from apps.reports.kinds.keeping import kept_pictures
from apps.reports.kinds.kind import PICTURE_HEIGHT, PICTURE_WIDTH, Asking, Bound, Content, Drawn, KeptPicture, Kind
from apps.runs.models import Run

MAX_ROWS = 100  # runs in the table of values under a chart
MAX_LOOKED_AT = 8  # runs of a block whose metrics are looked through when one is missing
MAX_LIVE = 100  # runs of a published chart that can be pointed at
MAX_NEAR = 1_000  # names looked through for one that the author may have meant
AXES = ("step", "time", "relative", "active")

Axis = Literal["step", "time", "relative", "active"]


@dataclass(frozen=True)
class LineOptions:
    """keys: a chart each. smoothing: half-life in units of x, None without. group: what bands are of, "" without."""

    keys: tuple[str, ...]
    x: Axis = "step"
    log: bool = False
    smoothing: float | None = None
    group: str = ""


@dataclass(frozen=True)
class Row:
    """One run's figures of a key; head is None when it did not log it."""

    run: Run
    slot: int
    head: Head | None

    @property
    def odd(self) -> int:
        """Points that are NaN or infinite."""
        return self.head.nan + self.head.pinf + self.head.ninf if self.head else 0


@dataclass(frozen=True)
class Values:
    """The table under a chart. left_out: runs beyond MAX_ROWS. problem: why there is nothing to draw, else ""."""

    key: str
    rows: list[Row]
    left_out: int
    problem: str


@dataclass(frozen=True)
class Lines(Content):
    """board: as apps/panels draws it; values: a table per key, those without data too."""

    board: Board
    values: list[Values]
    options: LineOptions

    template: ClassVar = "reports/kinds/line.html"
    kept_template: ClassVar = "reports/kinds/_line_values.html"

    @property
    def panels(self) -> list[Panel]:
        """Charts titled by their whole key."""
        return [Panel(key, key) for key in self.drawn_keys]

    @property
    def drawn_keys(self) -> list[str]:
        return [one.key for one in self.values if not one.problem]

    @property
    def problems(self) -> Sequence[str]:
        return [one.problem for one in self.values if one.problem]

    @property
    def drawings(self) -> int:
        return len(self.drawn_keys)

    @property
    def keys(self) -> Collection[str]:
        return self.options.keys

    @property
    def view(self) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], self.board.data["view"])

    @property
    def live_data(self) -> Mapping[str, str] | None:
        """runs: [[id, name, slot], …]; view: as a board has it."""
        data = self.board.data
        if len(data["runs"]) > MAX_LIVE:
            return None
        runs = [[run["id"], run["name"], run["slot"]] for run in data["runs"]]
        return {"runs": json.dumps(runs), "view": json.dumps(data["view"])}

    def kept(self, part: Drawn, pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        found = []
        for key in self.drawn_keys:
            found.append(self._kept(key, part, pieces))
            progress()
        return found

    def _kept(self, key: str, part: Drawn, pieces: Pieces) -> KeptPicture:
        """A chart as a page would draw it now."""
        run_ids = tuple(run.id for run in part.runs)
        question = Question(
            run_ids,
            key,
            x=self.options.x,
            draw="band" if self.options.group else usual_draw(len(run_ids), self.options.x),
            smooth=self.options.smoothing,
        )
        question = replace(question, px=usual_px(question, PICTURE_WIDTH))
        if self.options.group:
            bands = groups_of(run_ids, [self.options.group])
            question = replace(question, groups=tuple((one.name, one.run_ids) for one in bands))
        (answer,) = answers(resolved([Asked(question)]))
        data = pieces.add_json(json_answer_body(answer))
        height = part.block.height or PICTURE_HEIGHT
        names = {run.id: run.name for run in part.runs}

        def draw(theme: Theme) -> bytes:
            sight = Sight(width=PICTURE_WIDTH, height=height, theme=theme, log=self.options.log)
            return series_picture(answer, names, sight, self.board.slots)

        runs = f"{len(run_ids):,} run{'s' if len(run_ids) > 1 else ''}"
        alt = f"{key} of {runs}; its figures are below in Values."
        try:
            return KeptPicture(key, kept_pictures(draw, pieces), data, height=height, alt=alt)
        except CannotRender as error:
            return KeptPicture(key, {}, data, error.message, height=height, alt=alt)


@dataclass(frozen=True)
class Figures:
    """What all line panels of a report share. names: metrics of some runs, where one that was asked for is missing."""

    of_runs: Mapping[int, Mapping[str, Head]]
    names: Mapping[int, Collection[str]]

    def logged(self, bound: Bound) -> set[str]:
        """The keys that the runs of a block logged, of those that the report asks for."""
        return {key for run in bound.runs for key in self.of_runs[run.id]}


class LineKind(Kind[LineOptions]):
    name = "line"
    says = "Metrics over steps or time, a chart each"
    example = "keys: [{key}]"
    options = ("key", "keys", "x", "log", "smoothing", "group")
    compares = True  # in the text of what is published
    head = "panels/_head.html"

    def read(self, fields: Fields) -> LineOptions:
        groups = read_groups(fields)
        if len(groups) > 1:
            raise BlockProblem("“group” of a line panel is one field.", fields.line_of("group"))
        against = next((name for name in ("x", "smoothing") if name in fields and fields.text(name) != "step"), "")
        if groups and against:
            message = f"Bands of groups are drawn over steps and not smoothed; take “{against}” or “group” out."
            raise BlockProblem(message, fields.line_of("group"))
        return LineOptions(
            group="".join(groups),
            keys=fields.keys(),
            x=cast(Axis, fields.choice("x", AXES, "step")),
            log=fields.flag("log"),
            smoothing=fields.number("smoothing", *SMOOTH_RANGE),
        )

    def charts(self, options: LineOptions) -> int:
        return len(options.keys)

    def gathered(self, asking: Asking, blocks: Sequence[Bound]) -> Figures:
        """Three queries; three more when a metric is missing, for the names there are instead."""
        runs = list(dict.fromkeys(run.id for bound in blocks for run in bound.runs))
        figures = Figures(heads(runs, {key for bound in blocks for key in bound.options.keys}), {})
        lacking = [bound for bound in blocks if not figures.logged(bound).issuperset(bound.options.keys)]
        looked_at = dict.fromkeys(run.id for bound in lacking for run in bound.runs[:MAX_LOOKED_AT])
        return replace(figures, names=heads(list(looked_at)) if looked_at else {})

    def content(self, asking: Asking, bound: Bound, number: int, gathered: Figures) -> Lines:
        options, logged = bound.options, gathered.logged(bound)
        view = {"x": options.x, "y": "log" if options.log else "linear"}
        if options.smoothing is not None:
            view["smooth"] = options.smoothing
        if options.group:
            view["group"] = options.group
        charts = board(
            bound.runs,
            gathered.of_runs,
            keys=[key for key in options.keys if key in logged],
            id=f"report-panel-{number}",
            follows="self",
            view=view,
            slots=asking.slots,
        )
        values = [
            _values(key, bound.runs, gathered, asking.slots, "" if key in logged else _missing(key, bound, gathered))
            for key in options.keys
        ]
        return Lines(charts, values, options)


def _values(key: str, runs: Sequence[Run], figures: Figures, slots: Mapping[int, int], problem: str) -> Values:
    rows = [Row(run, slots[run.id], figures.of_runs[run.id].get(key)) for run in runs[:MAX_ROWS]]
    return Values(key, rows, max(0, len(runs) - MAX_ROWS), problem)


def _missing(key: str, bound: Bound, figures: Figures) -> str:
    """That none of the runs logged the key, with the nearest names that they did log."""
    names = sorted({name for run in bound.runs[:MAX_LOOKED_AT] for name in figures.names[run.id]})
    near = difflib.get_close_matches(key, names[:MAX_NEAR], n=2)
    if near:
        hint = f". Did you mean {' or '.join(f'“{one}”' for one in near)}?"
    else:
        hint = " yet."
    if len(bound.runs) == 1:
        return f"This run has not logged “{key}”{hint}"
    return f"None of these {len(bound.runs):,} runs has logged “{key}”{hint}"
