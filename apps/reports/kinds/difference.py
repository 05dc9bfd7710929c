"""What is different between runs, section by section, as the compare page says it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

from apps.comparison.answers import answer
from apps.comparison.errors import MAX_COMPARED
from apps.comparison.queries import FIGURES, Comparison, Figure, comparison
from apps.comparison.sections import Section
from apps.comparison.shown import ShownRow, shown_rows
from apps.reports.block_fields import BlockProblem, Fields, short
from apps.reports.held_pieces import Pieces
from apps.reports.kinds.kind import Asking, Bound, Content, Drawn, KeptPicture, Kind, NotDrawable
from apps.runs.models import Run

SECTIONS = (
    *("config", "command", "code", "data", "environment", "packages", "hardware", "summary", "metrics", "system"),
)
USUAL = SECTIONS[:-1]  # what the machine did meanwhile is different in any two runs


@dataclass(frozen=True)
class DifferenceOptions:
    """only: names of sections. figure: which of a metric's numbers are compared."""

    only: tuple[str, ...]
    figure: Figure


class Shown(NamedTuple):
    section: Section
    rows: list[ShownRow]

    @property
    def more(self) -> int:
        """Rows that differ and are not listed."""
        return len(self.section.rows) - len(self.rows)


@dataclass(frozen=True)
class Difference(Content):
    """slots: the colours of the runs."""

    found: Comparison
    only: tuple[str, ...]
    slots: Mapping[int, int]

    template: ClassVar = "reports/kinds/difference.html"
    kept_template: ClassVar = "reports/kinds/difference.html"

    @property
    def drawings(self) -> int:
        return 0

    @property
    def view(self) -> Mapping[str, Any]:
        return {"sections": list(self.only), "baseline": self.found.base.slug, "value": self.found.figure}

    @property
    def sections(self) -> list[Shown]:
        """Those in which any run has something."""
        base = self.found.runs.index(self.found.base)
        return [Shown(one, shown_rows(one, base)) for one in self._asked if not one.empty]

    @property
    def differ(self) -> int:
        return sum(len(one.rows) for one in self._asked)

    @property
    def heads(self) -> list[tuple[Run, int, bool]]:
        """The runs with their colours, and whether each is the baseline."""
        return [(run, self.slots[run.id], run.id == self.found.base.id) for run in self.found.runs]

    @property
    def _asked(self) -> list[Section]:
        return [one for one in self.found.sections if one.name in self.only]

    def kept(self, part: Drawn, pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        facts = answer(self.found, "", equal=True)
        facts["sections"] = [one for one in facts["sections"] if one["name"] in self.only]
        return [KeptPicture("the difference", {}, pieces.add_json(facts))]


class DifferenceKind(Kind[DifferenceOptions]):
    name = "difference"
    says = "What is different between runs: config, code, environment, results"
    example = "only: [config, metrics]"
    options = ("only", "value")
    compares = True
    legend = False
    most_runs = MAX_COMPARED

    def read(self, fields: Fields) -> DifferenceOptions:
        only = fields.texts("only", "A section")
        wrong = [name for name in only if name not in SECTIONS]
        if wrong:
            message = f"There is no section “{short(wrong[0])}”; there are {', '.join(SECTIONS)}."
            raise BlockProblem(message, fields.line_of("only"))
        return DifferenceOptions(only or USUAL, cast(Figure, fields.choice("value", FIGURES, FIGURES[0])))

    def charts(self, options: DifferenceOptions) -> int:
        return 0

    def gathered(self, asking: Asking, blocks: Sequence[Bound]) -> Mapping[int, Run]:
        """One query: the runs, whole. Each block adds six."""
        run_ids = {run.id for bound in blocks for run in bound.runs}
        whole = Run.objects.filter(id__in=run_ids).select_related("project__team").order_by("id")
        return {run.id: run for run in whole}

    def content(self, asking: Asking, bound: Bound, number: int, gathered: Mapping[int, Run]) -> Difference:
        runs = [gathered[run.id] for run in bound.runs if run.id in gathered]
        if len(runs) < 2:
            raise NotDrawable("One run alone differs from nothing; choose at least two.")
        options: DifferenceOptions = bound.options
        base = gathered.get(bound.baseline.id)
        found = comparison(asking.project, runs, base=base, figure=options.figure)
        return Difference(found, options.only, {run.id: asking.slots[run.id] for run in runs})
