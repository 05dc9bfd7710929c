"""ROC, precision-recall and calibration curves of one class in runs, with their areas."""

from collections.abc import Iterable, Sequence
from typing import Any

from apps.core.answers import json_number
from apps.evaluation.curve_page import TITLES, Chart, area_cells, chart_of
from apps.evaluation.found import FoundCurves
from apps.evaluation.questions import CurveQuestion
from apps.reports.block_fields import Fields
from apps.reports.kinds.evaluated import Evaluated, EvaluatedKind, NumberRow, Numbers
from apps.tables.curves import AREAS, KINDS, area_table
from apps.tables.queries import Found


class ShownCurves(Evaluated[FoundCurves]):
    kind = "curves"
    drawing = "reports/kinds/_curves.html"

    @property
    def charts(self) -> list[Chart]:
        classes = [list(answer.curves.values()) for answer in self.answers]
        return [
            chart_of(answer.kind, self.beside.runs, self.beside.slots, of_runs)
            for answer, of_runs in zip(self.answers, classes, strict=True)
        ]

    @property
    def name(self) -> str:
        return self.answers[0].name

    @property
    def numbers(self) -> list[Numbers]:
        """Once, for all curves are of one class."""
        return self.numbers_of(self.answers[0])

    def tables_of(self, answer: FoundCurves) -> tuple[str, Sequence[Found[Any] | None]]:
        return answer.key, answer.tables

    def name_of(self, answer: FoundCurves) -> str:
        return f"{KINDS[answer.kind].title} of {answer.name} in {answer.key}"

    def numbers_of(self, answer: FoundCurves) -> list[Numbers]:
        tables = [None if one is None else area_table(one.table) for one in answer.tables]
        rows = [NumberRow(TITLES[area], "", area_cells(tables, self.beside.place, area, answer.name)) for area in AREAS]
        return [Numbers(f"areas of {answer.name} in {answer.key}", [row for row in rows if row.cells])]

    def document_of(self, answer: FoundCurves) -> dict[str, Any]:
        return {
            "key": answer.key,
            "class": answer.name,
            "curve": answer.kind,
            "baseline": self.beside.base.slug,
            "runs": [
                {
                    "run": run.slug,
                    "areas": one.areas if one is not None else None,
                    "points": _points(one, answer.kind),
                }
                for run, one in zip(self.beside.runs, answer.curves.values(), strict=True)
            ],
        }

    def table_of(self, answer: FoundCurves) -> Iterable[Sequence[Any]]:
        yield ["area", *self.run_names]
        for area in AREAS:
            yield [TITLES[area], *(None if one is None else one.areas.get(area) for one in answer.curves.values())]

    def rows_of(self, answer: FoundCurves) -> Iterable[Sequence[Any]]:
        known = KINDS[answer.kind]
        yield ["run", "name", known.x, known.y, known.more]
        for run, one in zip(self.beside.runs, answer.curves.values(), strict=True):
            for point in zip(*(_points(one, answer.kind) or {}).values(), strict=True):
                yield [run.slug, run.name, *point]


def _points(one: Any, kind: str) -> dict[str, list[Any]] | None:
    """The columns of a curve; None where there is none."""
    if one is None or kind not in one.curves:
        return None
    known, curve = KINDS[kind], one.curves[kind]
    return {
        known.x: curve.x.tolist(),
        known.y: curve.y.tolist(),
        known.more: [None if value != value else json_number(value) for value in curve.more.tolist()],
    }


class CurvesKind(EvaluatedKind):
    name = "curves"
    says = "ROC, precision and recall, or calibration of a class"
    example = "curve: [roc, pr]"
    options = ("key", "curve", "class", "step")
    shown = ShownCurves

    def questions(self, fields: Fields, key: str, step: int | None) -> list[CurveQuestion]:
        curves = fields.choices("curve", tuple(KINDS)) or ("",)
        return [CurveQuestion(key, step, curve, fields.text("class")) for curve in curves]
