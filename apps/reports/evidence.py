"""What a report shows one reader: its words, and its panels bound to the runs that the reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import urlencode

from apps.comparison.errors import MAX_COMPARED
from apps.core import ids
from apps.panels.colours import run_slots
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.kinds.kind import Asking, Bound, Drawn, Kind, NotDrawable, PanelBlock, RunFilter
from apps.reports.marks.drawing import live_drawing
from apps.reports.marks.mark import Draw, ImageMark
from apps.reports.queries import fitting_runs, readable_among
from apps.reports.rendering import Fence, Html
from apps.runs.access import AnyUser
from apps.runs.models import Project, Run

MAX_PANELS = 100  # charts of one report
MAX_SOURCE = 2_000  # characters of a broken block that are shown


@dataclass(frozen=True)
class Words:
    """Sanitised HTML between panels. images: the SHA-256 of the project's pictures in it."""

    html: str
    images: tuple[str, ...] = ()
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
class Read:
    """A block as it was read, and where."""

    fence: Fence
    block: PanelBlock


@dataclass(frozen=True)
class Chosen:
    """A block with its runs."""

    fence: Fence
    bound: Bound


Part = Words | Broken | Drawn


def report_parts(
    user: AnyUser, project: Project, pieces: Sequence[Html | Fence], draw: Draw | None = None
) -> list[Part]:
    """The pieces of a report with its panels bound to their runs. draw: of the marks in its words, else live_drawing.

    Queries: one for runs named by id, one per different filter, and for each kind of block some (what its `gathered`
    says); neither the number of blocks nor that of runs changes them.
    """
    bound = _bound(user, project, _read(pieces, draw or live_drawing(user, project, pieces)))
    chosen = [one.bound for one in bound if isinstance(one, Chosen)]
    asking = Asking(user, project, run_slots(list(dict.fromkeys(run.id for one in chosen for run in one.runs))))
    kinds: dict[str, Kind[Any]] = {one.block.kind.name: one.block.kind for one in chosen}
    gathered = {
        name: kind.gathered(asking, [one for one in chosen if one.block.kind is kind]) for name, kind in kinds.items()
    }
    return [
        _drawn(number, one, asking, gathered) if isinstance(one, Chosen) else one for number, one in enumerate(bound)
    ]


def problems(parts: Sequence[Part]) -> list[dict[str, int | str]]:
    """What is wrong with the panels, for programs: [{"line", "message"}]."""
    found: list[dict[str, int | str]] = []
    for part in parts:
        if isinstance(part, Broken):
            found.append({"line": part.line, "message": part.message})
        elif isinstance(part, Drawn):
            found += [{"line": part.block.line, "message": one} for one in part.content.problems]
    return found


def _read(pieces: Sequence[Html | Fence], draw: Draw) -> list[Words | Broken | Read]:
    """The pieces with their blocks read; those beyond MAX_PANELS charts are refused."""
    read: list[Words | Broken | Read] = []
    charts = 0
    for piece in pieces:
        if isinstance(piece, Html):
            images = tuple(mark.sha256 for mark in piece.marks if isinstance(mark, ImageMark))
            read.append(Words(piece.drawn(draw), images))
            continue
        try:
            block = panel_block(piece.text, piece.line + 1)
        except BlockProblem as problem:
            read.append(_broken(piece, problem.line, problem.message))
            continue
        wanted = block.kind.charts(block.options)
        if charts + wanted > MAX_PANELS:
            message = (
                f"A report draws at most {MAX_PANELS} charts. This block would go beyond; move it to another report."
            )
            read.append(_broken(piece, piece.line, message))
        else:
            charts += wanted
            read.append(Read(piece, block))
    return read


def _bound(user: AnyUser, project: Project, read: Sequence[Words | Broken | Read]) -> list[Words | Broken | Chosen]:
    """Each block with its runs."""
    blocks = [one.block for one in read if isinstance(one, Read)]
    named = {run_id for block in blocks for run_id in (*block.run_ids, *_baseline(block))}
    readable = readable_among(user, named) if named else {}
    filters = dict.fromkeys(wanted for block in blocks if _asks(block) for wanted in block.filters)
    most = max((block.kind.most_runs for block in blocks), default=0)
    fitting = {wanted: list(islice(fitting_runs(project, wanted), most + 1)) for wanted in filters}

    def bound(fence: Fence, block: PanelBlock) -> Broken | Chosen:
        unknown = [ids.to_text(one) for one in (*block.run_ids, *_baseline(block)) if one not in readable]
        if unknown:
            more = f" (and {len(unknown) - 3} more)" if len(unknown) > 3 else ""
            message = f"There is no run {', '.join(unknown[:3])}{more} that you may read."
            return _broken(fence, block.runs_line, message)
        runs: dict[int, Run] = {run_id: readable[run_id] for run_id in (*_baseline(block), *block.run_ids)}
        if _asks(block):
            runs |= {run.id: run for wanted in block.filters for run in fitting[wanted] if run.id not in runs}
        if len(runs) > block.kind.most_runs:
            message = (
                f"More than {block.kind.most_runs:,} runs fit; a {block.kind.name} panel draws at most "
                f"{block.kind.most_runs:,}. Narrow “runs” down."
            )
            return _broken(fence, block.runs_line, message)
        if not runs and _asks(block):
            message = f"No run of {project} fits {_in_words(block.filters)} yet."
            return _broken(fence, block.runs_line, message, mistake=False)
        return Chosen(fence, Bound(block, list(runs.values())))

    return [bound(one.fence, one.block) if isinstance(one, Read) else one for one in read]


def _asks(block: PanelBlock) -> bool:
    """Whether its runs are looked for, and not left to what it draws."""
    return block.chosen or block.kind.needs_runs


def _baseline(block: PanelBlock) -> tuple[int, ...]:
    return (block.baseline,) if block.baseline else ()


def _drawn(number: int, chosen: Chosen, asking: Asking, gathered: Mapping[str, Any]) -> Drawn | Broken:
    bound = chosen.bound
    kind = bound.block.kind
    try:
        content = kind.content(asking, bound, number, gathered[kind.name])
    except NotDrawable as problem:
        return _broken(chosen.fence, problem.line or bound.block.line, problem.message, mistake=problem.mistake)
    slots = {run.id: asking.slots[run.id] for run in bound.runs}
    return Drawn(number, bound, content, slots, _compare_query(bound, asking.project))


def _compare_query(bound: Bound, project: Project) -> str:
    """The query of the compare page of these runs; "" when that page cannot show just them."""
    runs = bound.runs
    if not 1 <= len(runs) <= MAX_COMPARED or any(run.project_id != project.id for run in runs):
        return ""
    base = [("base", bound.baseline.slug)] if bound.block.baseline else []
    return urlencode([*(("run", run.slug) for run in runs), *base])


def _in_words(filters: Sequence[RunFilter]) -> str:
    """The filters as a reader understands them: name “mlp*” and tag “seed”."""

    def words(wanted: RunFilter) -> str:
        named = {"name": wanted.names, "group": wanted.groups}
        parts = [f"{name} {' or '.join(f'“{text}”' for text in texts)}" for name, texts in named.items() if texts]
        parts += [f"tag “{text}”" for text in wanted.tags]
        parts += [f"“{text}”" for text in wanted.expressions]
        return " and ".join(parts) or "the panel"

    return ", or ".join(map(words, filters))


def _broken(fence: Fence, line: int, message: str, *, mistake: bool = True) -> Broken:
    source = fence.text if len(fence.text) <= MAX_SOURCE else fence.text[:MAX_SOURCE] + "…"
    return Broken(line, message, source, mistake)
