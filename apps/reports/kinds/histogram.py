"""Histograms of runs over each other; of one run over its steps."""

from collections.abc import Iterable, Sequence
from typing import Any

from apps.core.templatetags.figures import grouped
from apps.evaluation.class_page import ShownCell
from apps.evaluation.curve_drawing import densities
from apps.evaluation.curve_page import Line
from apps.evaluation.found import FoundHistograms
from apps.evaluation.histogram_page import ShownHeat, ends_of, shown_heat
from apps.evaluation.questions import TableQuestion
from apps.reports.block_fields import Fields
from apps.reports.kinds.evaluated import Evaluated, EvaluatedKind, NumberRow, Numbers
from apps.tables.documents import histogram_document
from apps.tables.histograms import close_edges
from apps.tables.queries import Found


class ShownHistograms(Evaluated[FoundHistograms]):
    kind = "histogram"
    drawing = "reports/kinds/_histogram.html"

    @property
    def answer(self) -> FoundHistograms:
        return self.answers[0]

    @property
    def lines(self) -> list[Line]:
        tables = [one and one.table for one in self.answer.tables]
        paths = densities(tables, close_edges(tables)[0])
        each = zip(self.beside.runs, paths, strict=True)
        return [Line(run, self.beside.slots[run.id], path) for run, path in each]

    @property
    def heat(self) -> ShownHeat | None:
        return None if self.answer.steps is None else shown_heat(self.answer.steps)

    @property
    def ends(self) -> tuple[str, str]:
        """From where to where the bins go."""
        return ends_of(close_edges([one and one.table for one in self.answer.tables])[0])

    def tables_of(self, answer: FoundHistograms) -> tuple[str, Sequence[Found[Any] | None]]:
        return answer.key, answer.tables

    def name_of(self, answer: FoundHistograms) -> str:
        return answer.key

    def numbers_of(self, answer: FoundHistograms) -> list[Numbers]:
        tables = [one and one.table for one in answer.tables]
        facts = {
            "step": [None if one is None else f"{one.head.step:,}" for one in answer.tables],
            "values": [None if one is None else grouped(one.total) for one in tables],
            "NaN or infinite": [None if one is None else grouped(one.nan + one.below + one.above) for one in tables],
        }
        rows = [
            NumberRow(name, "", [ShownCell(text or "", "", "", "", text is None) for text in texts])
            for name, texts in facts.items()
        ]
        return [Numbers(answer.key, rows)]

    def document_of(self, answer: FoundHistograms) -> dict[str, Any]:
        steps = answer.steps
        over = steps and {
            "edges": steps.edges.tolist(),
            "steps": [str(one.head.step) for one in steps.tables],
            "counts": steps.counts.tolist(),
        }
        runs = zip(self.beside.runs, answer.tables, strict=True)
        return {
            "key": answer.key,
            "runs": [
                {
                    "run": run.slug,
                    "step": None if one is None else str(one.head.step),
                    "histogram": None if one is None else histogram_document(one.table),
                }
                for run, one in runs
            ],
            "over_steps": over,
        }

    def rows_of(self, answer: FoundHistograms) -> Iterable[Sequence[Any]]:
        yield ["run", "name", "step", "from", "to", "count"]
        tables = [(run, one) for run, one in zip(self.beside.runs, answer.tables, strict=True) if one is not None]
        if answer.steps is not None:
            tables = [(self.beside.base, one) for one in answer.steps.tables]
        for run, one in tables:
            edges = one.table.edges.tolist()
            for start, end, count in zip(edges, edges[1:], one.table.counts.tolist(), strict=False):
                yield [run.slug, run.name, one.head.step, start, end, count]


class HistogramKind(EvaluatedKind):
    name = "histogram"
    says = "Histograms of runs over each other, of one run over its steps"
    example = ""
    options = ("key", "step")
    shown = ShownHistograms

    def questions(self, fields: Fields, key: str, step: int | None) -> list[TableQuestion]:
        return [TableQuestion(key, step)]
