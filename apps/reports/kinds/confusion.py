"""Confusion matrices of runs beside each other, and which mistakes rose."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from apps.evaluation.confusion_page import cost_cells
from apps.evaluation.confusion_pictures import Picture, pictures
from apps.evaluation.confusion_words import mistake_cells
from apps.evaluation.found import FoundMatrices
from apps.evaluation.picture_links import picture_query
from apps.evaluation.questions import MAX_CLASSES, MatrixQuestion
from apps.rendering.look import LOOKS
from apps.reports.block_fields import Fields
from apps.reports.kinds.evaluated import Evaluated, EvaluatedKind, NumberRow, Numbers
from apps.tables.confusions import NORMS, ConfusionRow
from apps.tables.documents import matrix_places
from apps.tables.queries import Found

MISTAKES, MOST_MISTAKES = 12, 1_000  # listed, and in a spreadsheet


class ShownMatrices(Evaluated[FoundMatrices]):
    kind = "confusion"
    drawing = "reports/kinds/_matrices.html"

    @property
    def answer(self) -> FoundMatrices:
        return self.answers[0]

    @property
    def matrices(self) -> list[Picture]:
        """As tables; without the cells of large ones and where classes are chosen."""
        found, asked, norm, _ = self.answer
        return pictures(found, self.beside.runs, self.beside.slots, norm, asked)

    @property
    def plain(self) -> bool:
        """Whether all matrices that there are can be shown as tables."""
        return not self.answer.classes and any(one.rows for one in self.matrices)

    @property
    def themes(self) -> Collection[str]:
        return LOOKS

    @property
    def query(self) -> str:
        """Of the picture of what is no table."""
        found, asked, norm, classes = self.answer
        own = not any(far for _, far in asked)
        query = picture_query(
            self.beside.runs,
            self.beside.base,
            key=found.key,
            norm=norm,
            difference="false" if own else "",
            step=self.question.step,
        )
        return query + "".join(f"&{picture_query([], class_=name)[1:]}" for name in classes)

    def tables_of(self, answer: FoundMatrices) -> tuple[str, Sequence[Found[Any] | None]]:
        return answer.found.key, answer.found.tables

    def name_of(self, answer: FoundMatrices) -> str:
        return f"confusions in {answer.found.key}"

    def numbers_of(self, answer: FoundMatrices) -> list[Numbers]:
        base = self.beside.place
        rows = self._mistakes(answer, MISTAKES)
        listed = [NumberRow("expected cost", "of an example", cost_cells(answer.found, base))]
        listed += [
            NumberRow(f"{row.actual} called {row.predicted}", "", mistake_cells(row, answer.norm, base)) for row in rows
        ]
        return [Numbers(f"mistakes in {answer.found.key}", listed, len(self._cells(answer)) - len(rows))]

    def _cells(self, answer: FoundMatrices) -> Any:
        return answer.found.aligned.mistakes(answer.classes or None)

    def _mistakes(self, answer: FoundMatrices, most: int) -> list[ConfusionRow]:
        """Those that rose most; of one run alone the most frequent."""
        aligned = answer.found.aligned
        return aligned.rows(aligned.ranked(self._cells(answer), answer.norm, "worst", most), answer.norm)

    def document_of(self, answer: FoundMatrices) -> dict[str, Any]:
        return {
            "key": answer.found.key,
            "norm": answer.norm,
            "classes": list(answer.classes) or None,
            "baseline": self.beside.base.slug,
            "runs": [
                {
                    "run": run.slug,
                    "step": None if one is None else str(one.head.step),
                    "expected_cost": cost,
                    "matrix": None if one is None else matrix_places(one.table),
                }
                for run, one, cost in zip(self.beside.runs, answer.found.tables, answer.found.costs, strict=True)
            ],
        }

    def rows_of(self, answer: FoundMatrices) -> Iterable[Sequence[Any]]:
        yield ["actual", "predicted", *(f"{name} {what}" for name in self.run_names for what in ("count", "of"))]
        for row in self._mistakes(answer, MOST_MISTAKES):
            yield [row.actual, row.predicted, *(number for cell in row.cells for number in (cell.number, cell.whole))]


class ConfusionKind(EvaluatedKind):
    name = "confusion"
    says = "Confusion matrices, and the mistakes that rose"
    example = "norm: row"
    options = ("key", "norm", "difference", "classes", "step")
    shown = ShownMatrices

    def questions(self, fields: Fields, key: str, step: int | None) -> list[MatrixQuestion]:
        norm = cast(Any, fields.choice("norm", NORMS, NORMS[0]))
        classes = fields.texts("classes", "A class", most=MAX_CLASSES)
        return [MatrixQuestion(key, step, norm, fields.flag("difference", default=True), classes)]
