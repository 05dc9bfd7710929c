"""The classes of runs beside each other, what got worst first: a table a metric."""

from collections.abc import Iterable, Sequence
from typing import Any

from apps.core.answers import json_number
from apps.core.templatetags.figures import figure
from apps.evaluation.class_page import shown_cell
from apps.evaluation.found import FoundClasses
from apps.evaluation.questions import MAX_CLASSES, ClassQuestion
from apps.reports.block_fields import Fields
from apps.reports.kinds.evaluated import MAX_ROWS, Evaluated, EvaluatedKind, NumberRow, Numbers
from apps.tables.queries import Found

MAX_METRICS = 10
ONLY = ("all", "regressed")


class ShownClasses(Evaluated[FoundClasses]):
    kind = "classes"

    def tables_of(self, answer: FoundClasses) -> tuple[str, Sequence[Found[Any] | None]]:
        return answer.found.key, answer.found.tables

    def name_of(self, answer: FoundClasses) -> str:
        return f"{answer.found.metric or 'support'} of each class in {answer.found.key}"

    def numbers_of(self, answer: FoundClasses) -> list[Numbers]:
        rows = [
            NumberRow(
                row.name,
                "" if row.support is None else f"n {figure(row.support)}",
                [shown_cell(cell) for cell in row.cells],
            )
            for row in answer.rows[:MAX_ROWS]
        ]
        return [Numbers(self.name_of(answer), rows, max(0, len(answer.rows) - MAX_ROWS))]

    def document_of(self, answer: FoundClasses) -> dict[str, Any]:
        found = answer.found
        return {
            "key": found.key,
            "metric": found.metric,
            "direction": found.direction.value,
            "baseline": self.beside.base.slug,
            "runs": [run.slug for run in self.beside.runs],
            "steps": [None if one is None else str(one.head.step) for one in found.tables],
            "classes": [
                {
                    "class": row.name,
                    "support": json_number(row.support),
                    "values": [json_number(cell.value) for cell in row.cells],
                    "deltas": [json_number(cell.delta) for cell in row.cells],
                }
                for row in answer.rows
            ],
        }

    def rows_of(self, answer: FoundClasses) -> Iterable[Sequence[Any]]:
        yield ["class", "support", *self.run_names]
        for row in answer.rows:
            yield [row.name, row.support, *(cell.value for cell in row.cells)]


class ClassesKind(EvaluatedKind):
    name = "classes"
    says = "What runs reach on each class, what got worst first"
    example = "only: regressed"
    options = ("key", "metric", "metrics", "classes", "only", "step")
    shown = ShownClasses

    def questions(self, fields: Fields, key: str, step: int | None) -> list[ClassQuestion]:
        metrics = [
            name for option in ("metric", "metrics") for name in fields.texts(option, "A metric", most=MAX_METRICS)
        ]
        classes = fields.texts("classes", "A class", most=MAX_CLASSES)
        only = fields.choice("only", ONLY, ONLY[0]) == "regressed"
        return [ClassQuestion(key, step, metric, classes, only) for metric in dict.fromkeys(metrics or [""])]
