"""What a report shows one reader: its words, and its panels bound to the runs that the reader may see."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar
from urllib.parse import urlencode

from apps.comparison.errors import MAX_COMPARED
from apps.core import ids
from apps.history.queries import Head, heads
from apps.panels.colours import run_slots
from apps.panels.queries import Board, Panel, board
from apps.reports.blocks import MAX_RUNS, BlockProblem, PanelBlock, RunFilter, panel_block
from apps.reports.queries import fitting_runs, readable_among
from apps.reports.rendering import Fence, Html
from apps.runs.access import AnyUser
from apps.runs.models import Project, Run

MAX_PANELS = 100  # charts of one report
MAX_ROWS = 100  # runs in the table of values under a chart
MAX_LEGEND = 12  # runs named above a chart
MAX_SOURCE = 2_000  # characters of a broken block that are shown
MAX_LOOKED_AT = 8  # runs of a block whose metrics are looked through when one is missing
MAX_NEAR = 1_000  # names looked through for one that the author may have meant


@dataclass(frozen=True)
class Words:
    """Sanitised HTML between panels."""

    html: str
    kind: ClassVar = "words"


@dataclass(frozen=True)
class Broken:
    """A block that cannot be drawn, and why. line: in the report, from 1. mistake: the author's, not a lack of data."""

    line: int
    message: str
    source: str
    mistake: bool = True
    kind: ClassVar = "broken"


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
class Drawn:
    """A block bound to its runs. board: as apps/panels draws it; values: a table per key, those without data too."""

    number: int
    line: int
    title: str
    height: int | None
    runs: list[Run]
    board: Board
    values: list[Values]
    notes: tuple[str, ...]
    compare_query: str
    kind: ClassVar = "drawn"

    @property
    def panels(self) -> list[Panel]:
        """Charts titled by their whole key."""
        return [Panel(one.key, one.key) for one in self.values if not one.problem]

    @property
    def legend(self) -> list[tuple[Run, int]]:
        return [(run, self.board.slots[run.id]) for run in self.runs[:MAX_LEGEND]]

    @property
    def legend_more(self) -> int:
        return max(0, len(self.runs) - MAX_LEGEND)


Part = Words | Broken | Drawn


def report_parts(user: AnyUser, project: Project, pieces: Sequence[Html | Fence]) -> list[Part]:
    """The pieces of a report with its panels bound to their runs.

    Queries: one for runs named by id, one per different filter, three for all figures (three more when a metric is
    missing, for the names there are instead); the number of runs changes none.
    """
    read = _read(pieces)
    bound = _bound(user, project, read)
    facts = _facts([one for one in bound if isinstance(one, Bound)])
    return [_drawn(number, one, project, facts) if isinstance(one, Bound) else one for number, one in enumerate(bound)]


def problems(parts: Sequence[Part]) -> list[dict[str, int | str]]:
    """What is wrong with the panels, for programs: [{"line", "message"}]."""
    found: list[dict[str, int | str]] = []
    for part in parts:
        if isinstance(part, Broken):
            found.append({"line": part.line, "message": part.message})
        elif isinstance(part, Drawn):
            found += [{"line": part.line, "message": one.problem} for one in part.values if one.problem]
    return found


@dataclass(frozen=True)
class Bound:
    """A block with its runs, not yet drawn."""

    block: PanelBlock
    runs: list[Run]


@dataclass(frozen=True)
class Facts:
    """What all panels of a report share. names: metrics of some runs, where one that was asked for is missing."""

    slots: Mapping[int, int]
    figures: Mapping[int, Mapping[str, Head]]
    names: Mapping[int, Collection[str]]

    def logged(self, bound: Bound) -> set[str]:
        """The keys that the runs of a block logged, of those that the report asks for."""
        return {key for run in bound.runs for key in self.figures[run.id]}


def _facts(blocks: Sequence[Bound]) -> Facts:
    runs = list(dict.fromkeys(run.id for bound in blocks for run in bound.runs))
    keys = {key for bound in blocks for key in bound.block.keys}
    facts = Facts(run_slots(runs), heads(runs, keys) if runs else {}, {})
    lacking = [bound for bound in blocks if not facts.logged(bound).issuperset(bound.block.keys)]
    looked_at = dict.fromkeys(run.id for bound in lacking for run in bound.runs[:MAX_LOOKED_AT])
    return replace(facts, names=heads(list(looked_at)) if looked_at else {})


def _read(pieces: Sequence[Html | Fence]) -> list[Words | Broken | tuple[Fence, PanelBlock]]:
    """The pieces with their blocks read; those beyond MAX_PANELS charts are refused."""
    read: list[Words | Broken | tuple[Fence, PanelBlock]] = []
    charts = 0
    for piece in pieces:
        if isinstance(piece, Html):
            read.append(Words(piece.html))
            continue
        try:
            block = panel_block(piece.text, piece.line + 1)
        except BlockProblem as problem:
            read.append(_broken(piece, problem.line, problem.message))
            continue
        charts += len(block.keys)
        if charts > MAX_PANELS:
            charts -= len(block.keys)
            message = (
                f"A report draws at most {MAX_PANELS} charts. This block would go beyond; move it to another report."
            )
            read.append(_broken(piece, piece.line, message))
        else:
            read.append((piece, block))
    return read


def _bound(
    user: AnyUser, project: Project, read: Sequence[Words | Broken | tuple[Fence, PanelBlock]]
) -> list[Words | Broken | Bound]:
    """Each block with its runs: those named, in order, then those that its filters fit, newest first."""
    blocks = [one[1] for one in read if isinstance(one, tuple)]
    named = {run_id for block in blocks for run_id in block.run_ids}
    readable = readable_among(user, named) if named else {}
    filters = dict.fromkeys(wanted for block in blocks for wanted in block.filters)
    fitting = {wanted: list(islice(fitting_runs(project, wanted), MAX_RUNS + 1)) for wanted in filters}

    def bound(fence: Fence, block: PanelBlock) -> Broken | Bound:
        unknown = [ids.to_text(run_id) for run_id in block.run_ids if run_id not in readable]
        if unknown:
            more = f" (and {len(unknown) - 3} more)" if len(unknown) > 3 else ""
            message = f"There is no run {', '.join(unknown[:3])}{more} that you may read."
            return _broken(fence, block.runs_line, message)
        runs = {run_id: readable[run_id] for run_id in block.run_ids}
        runs |= {run.id: run for wanted in block.filters for run in fitting[wanted] if run.id not in runs}
        if len(runs) > MAX_RUNS:
            message = f"More than {MAX_RUNS:,} runs fit; a panel draws at most {MAX_RUNS:,}. Narrow “runs” down."
            return _broken(fence, block.runs_line, message)
        if not runs:
            message = f"No run of {project} fits {_in_words(block.filters)} yet."
            return _broken(fence, block.runs_line, message, mistake=False)
        return Bound(block, list(runs.values()))

    return [bound(*one) if isinstance(one, tuple) else one for one in read]


def _drawn(number: int, bound: Bound, project: Project, facts: Facts) -> Drawn:
    block, runs = bound.block, bound.runs
    logged = facts.logged(bound)
    charts = board(
        runs,
        facts.figures,
        keys=[key for key in block.keys if key in logged],
        id=f"report-panel-{number}",
        follows="self",
        view={"x": block.x, "y": "log" if block.log else "linear"},
        slots=facts.slots,
    )
    return Drawn(
        number,
        block.line,
        block.title,
        block.height,
        runs,
        charts,
        [_values(key, runs, facts, problem="" if key in logged else _missing(key, runs, facts)) for key in block.keys],
        block.notes,
        _compare_query(runs, project),
    )


def _values(key: str, runs: Sequence[Run], facts: Facts, problem: str) -> Values:
    rows = [Row(run, facts.slots[run.id], facts.figures[run.id].get(key)) for run in runs[:MAX_ROWS]]
    return Values(key, rows, max(0, len(runs) - MAX_ROWS), problem)


def _missing(key: str, runs: Sequence[Run], facts: Facts) -> str:
    """That none of the runs logged the key, with the nearest names that they did log."""
    names = sorted({name for run in runs[:MAX_LOOKED_AT] for name in facts.names[run.id]})
    near = difflib.get_close_matches(key, names[:MAX_NEAR], n=2)
    if near:
        hint = f". Did you mean {' or '.join(f'“{one}”' for one in near)}?"
    else:
        hint = " yet."
    if len(runs) == 1:
        return f"This run has not logged “{key}”{hint}"
    return f"None of these {len(runs):,} runs has logged “{key}”{hint}"


def _compare_query(runs: Sequence[Run], project: Project) -> str:
    """The query of the compare page of these runs; "" when that page cannot show just them."""
    if len(runs) > MAX_COMPARED or any(run.project_id != project.id for run in runs):
        return ""
    return urlencode([("run", run.slug) for run in runs])


def _in_words(filters: Sequence[RunFilter]) -> str:
    """The filters as a reader understands them: name “mlp*” and tag “seed”."""

    def words(wanted: RunFilter) -> str:
        named = {"name": wanted.names, "group": wanted.groups}
        parts = [f"{name} {' or '.join(f'“{text}”' for text in texts)}" for name, texts in named.items() if texts]
        parts += [f"tag “{text}”" for text in wanted.tags]
        return " and ".join(parts) or "the panel"

    return ", or ".join(map(words, filters))


def _broken(fence: Fence, line: int, message: str, *, mistake: bool = True) -> Broken:
    source = fence.text if len(fence.text) <= MAX_SOURCE else fence.text[:MAX_SOURCE] + "…"
    return Broken(line, message, source, mistake)
