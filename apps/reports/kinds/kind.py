"""What a kind of panel block is: how it is read, what it shows of its runs, and how that is kept when it is published.

To add one: a module beside this one with its Kind and Content, a template of what it shows under reports/kinds/, and
its line in known.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from apps.core import ids
from apps.custom_panels.models import Panel
from apps.reports.block_fields import Fields
from apps.reports.held_pieces import Pieces
from apps.runs.access import AnyUser
from apps.runs.models import Project, Run

MAX_RUNS = 1_000  # of a block
MAX_LEGEND = 12  # runs named above a panel
PICTURE_WIDTH, PICTURE_HEIGHT = 600, 300  # px of a kept picture

Options = TypeVar("Options")


@dataclass(frozen=True)
class RunFilter:
    """Runs of the report's project; an empty filter is all of them.

    names, groups: patterns with * and ?, one of which must fit. tags: all must be there. expressions: in the language
    of the run table's filter, all of which must hold.
    """

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True)
class PanelBlock:
    """One block. Its runs are those of run_ids, then those that any of the filters fits.

    options: what its kind read. line, runs_line: where the block and its `runs` are in the report, from 1. chosen:
    whether it has `runs`. baseline: the run that it names so. notes: what was read but does nothing.
    """

    kind: "Kind[Any]"
    options: Any
    line: int
    runs_line: int
    run_ids: tuple[int, ...] = ()
    filters: tuple[RunFilter, ...] = ()
    chosen: bool = True
    baseline: int | None = None
    title: str = ""
    height: int | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Bound:
    """A block with its runs: those named, in order, then those that its filters fit, newest first."""

    block: PanelBlock
    runs: list[Run]

    @property
    def options(self) -> Any:
        return self.block.options

    @property
    def baseline(self) -> Run:
        """The run that it names so; else the first that it names, or the oldest of those that fit."""
        named = [self.block.baseline] if self.block.baseline else list(self.block.run_ids[:1])
        return next((run for run in self.runs if run.id in named), self.runs[-1])


class Asking(NamedTuple):
    """Who reads which project's report. slots: the colour of every run in it."""

    user: AnyUser
    project: Project
    slots: Mapping[int, int]


class NotDrawable(Exception):
    """Why a block shows nothing of its runs. mistake: the author's, not a lack of data. line: in the report."""

    def __init__(self, message: str, *, mistake: bool = False, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mistake = mistake
        self.line = line


@dataclass(frozen=True)
class KeptPicture:
    """A picture as a snapshot keeps it. pictures: the SHA-256 of an SVG by theme, none with a problem or without one.

    key: what it shows (a metric, a table's key). data: the SHA-256 of what it was drawn from, "" where that could not
    be read; sheet: of the same as CSV, "" without. alt: in words. run_ids: whose runs it shows beside those of its
    block.
    """

    key: str
    pictures: Mapping[str, str]
    data: str
    problem: str = ""
    height: int = PICTURE_HEIGHT
    width: int = PICTURE_WIDTH
    alt: str = ""
    run_ids: Sequence[int] = ()
    sheet: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        sheet = {"sheet": self.sheet} if self.sheet else {}
        return {"key": self.key, "pictures": dict(self.pictures), "data": self.data, "problem": self.problem, **sheet}


class Content(ABC):
    """What a block shows of its runs now."""

    template: ClassVar[str]  # of a page with live panels: gets `part`, `content`, `project`
    kept_template: ClassVar[str] = ""  # of a published page, below the pictures; gets the same

    @property
    def title(self) -> str:
        """What stands above it where its author gave no title."""
        return ""

    @property
    def custom_panel(self) -> Panel | None:
        """The custom panel that it shows."""
        return None

    @property
    def problems(self) -> Sequence[str]:
        """Why parts of it show nothing."""
        return ()

    @property
    def drawings(self) -> int:
        """How many charts are drawn when it is published; 0 of a table."""
        return 1

    @property
    def keys(self) -> Collection[str]:
        """Metrics whose figures it shows."""
        return ()

    @property
    def view(self) -> Mapping[str, Any]:
        """What else a snapshot says of how it is looked at."""
        return {}

    @property
    def live_data(self) -> Mapping[str, str] | None:
        """What a published page draws its charts by where scripts run, None for pictures alone: JSON by name."""
        return None

    @abstractmethod
    def kept(self, part: "Drawn", pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        """Its data and pictures among the pieces. progress: called with each chart.

        Raises PicturesBusy, SnapshotTooLarge.
        """


@dataclass(frozen=True)
class Drawn:
    """A block with its content. number: among the parts of its report."""

    number: int
    bound: Bound
    content: Content
    slots: Mapping[int, int]
    compare_query: str
    kind: ClassVar = "drawn"

    @property
    def block(self) -> PanelBlock:
        return self.bound.block

    @property
    def runs(self) -> list[Run]:
        return self.bound.runs

    @property
    def title(self) -> str:
        return self.block.title or self.content.title

    @property
    def legend(self) -> list[tuple[Run, int]]:
        return [(run, self.slots[run.id]) for run in self.runs[:MAX_LEGEND]]

    @property
    def legend_more(self) -> int:
        return max(0, len(self.runs) - MAX_LEGEND)

    @property
    def names(self) -> dict[str, str]:
        """Of the runs, by id as shown."""
        return {ids.to_text(run.id): run.name for run in self.runs}


class Kind(ABC, Generic[Options]):
    """One value of a block's `kind`."""

    name: ClassVar[str]
    says: ClassVar[str]  # what it draws, in a line
    example: ClassVar[str]  # its options in YAML, without `kind` and `runs`; {key} is a metric of the project
    options: ClassVar[tuple[str, ...]]
    compares: ClassVar[bool] = False  # whether it takes a `baseline`
    head: ClassVar[str] = ""  # the template of what a page with live panels of it loads
    legend: ClassVar[bool] = True  # whether it shows runs by their colours
    needs_runs: ClassVar[bool] = True  # whether all runs of the project are taken where the block has no `runs`
    most_runs: ClassVar[int] = MAX_RUNS

    @abstractmethod
    def read(self, fields: Fields) -> Options:
        """The options of a block. Raises BlockProblem."""

    def charts(self, options: Options) -> int:
        """How many of the charts that a report may have a block takes."""
        return 1

    def gathered(self, asking: Asking, blocks: Sequence[Bound]) -> Any:
        """What all blocks of this kind in a report share: read by queries whose number does not grow with them."""
        return None

    @abstractmethod
    def content(self, asking: Asking, bound: Bound, number: int, gathered: Any) -> Content:
        """What a block shows. Raises NotDrawable."""
