"""What is found of the tables of runs beside each other: for pictures and for panels of reports.

Every function raises NotLogged for a key, step, class, metric or curve that none of the runs has.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from apps.evaluation.class_page import Classes, classes_beside
from apps.evaluation.confusion_page import Confusions, confusions_beside
from apps.evaluation.confusion_pictures import beside
from apps.evaluation.curve_page import worst_first
from apps.evaluation.logged import Logged, unknown
from apps.evaluation.questions import ClassQuestion, CurveQuestion, MatrixQuestion, TableQuestion
from apps.runs.models import Run
from apps.tables.class_tables import ClassTable
from apps.tables.comparing import ClassRow, metrics_of, regressed
from apps.tables.curves import KINDS, ClassCurves, Curves
from apps.tables.histogram_steps import OverSteps, over_steps
from apps.tables.histograms import Histogram
from apps.tables.matrices import Matrix
from apps.tables.queries import Found


class Beside(NamedTuple):
    """Runs beside each other. slots: their colours."""

    runs: Sequence[Run]
    base: Run
    slots: Mapping[int, int]

    @property
    def place(self) -> int:
        """Of the baseline."""
        return self.runs.index(self.base)


class FoundClasses(NamedTuple):
    """rows: those asked for, what got worst first."""

    found: Classes
    rows: list[ClassRow]


class FoundMatrices(NamedTuple):
    """pictures: the place of each run, and whether it is shown as its difference to the baseline's."""

    found: Confusions
    pictures: list[tuple[int, bool]]
    norm: str
    classes: tuple[str, ...]


class FoundCurves(NamedTuple):
    """curves: of the class, by run, None where there are none. names: all classes, the worst first."""

    key: str
    kind: str
    name: str
    tables: list[Found[Curves] | None]
    curves: dict[int, ClassCurves | None]
    names: list[str]


class FoundHistograms(NamedTuple):
    """steps: of one run alone its histograms over the steps, where there are several and none was named."""

    key: str
    tables: list[Found[Histogram] | None]
    steps: OverSteps | None


def found_classes(logged: Logged[ClassTable], runs: Beside, question: ClassQuestion) -> FoundClasses:
    key, tables = logged.tables(runs.runs, question)
    metrics = metrics_of(one and one.table for one in tables)
    known = logged.directions(runs.base.project, metrics)
    if question.metric and question.metric not in metrics:
        raise unknown("metric", question.metric, metrics, "metric", "metrics")
    found = classes_beside(tables, runs.place, known, key=key, metric=question.metric)
    rows = found.rows
    if question.classes:
        by_name = {row.name: row for row in rows}
        rows = [by_name[name] for name in _known_classes(question.classes, by_name)]
    return FoundClasses(found, regressed(rows) if question.only_worse else rows)


def found_matrices(logged: Logged[Matrix], runs: Beside, question: MatrixQuestion) -> FoundMatrices:
    key, tables = logged.tables(runs.runs, question)
    found = confusions_beside(tables, runs.place, logged.costs(runs.base.project), key=key)
    classes = _known_classes(question.classes, found.aligned.classes)
    return FoundMatrices(found, beside(found, own=not question.difference), question.norm, tuple(classes))


def found_curves(logged: Logged[Curves], runs: Beside, question: CurveQuestion) -> FoundCurves:
    key, tables = logged.tables(runs.runs, question)
    names = worst_first([one and one.table for one in tables], runs.place)
    (name,) = _known_classes((question.name or names[0],), names)
    each = zip(runs.runs, tables, strict=True)
    curves = {run.id: one.table.by_name.get(name) if one else None for run, one in each}
    kinds = [kind for kind in KINDS if any(one is not None and kind in one.curves for one in curves.values())]
    if not kinds or (question.curve and question.curve not in kinds):
        raise unknown("curve", question.curve or next(iter(KINDS)), kinds, "curve")
    return FoundCurves(key, question.curve or kinds[0], name, tables, curves, names)


def found_histograms(logged: Logged[Histogram], runs: Beside, question: TableQuestion) -> FoundHistograms:
    """Two queries more of one run alone."""
    key, tables = logged.tables(runs.runs, question)
    alone = len(runs.runs) == 1 and question.step is None
    steps = over_steps(runs.base.id, key) if alone else None
    return FoundHistograms(key, tables, steps if steps is not None and steps.of > 1 else None)


def _known_classes(asked: Sequence[str], known: Collection[str]) -> Sequence[str]:
    missing = next((name for name in asked if name not in known), None)
    if missing is not None:
        raise unknown("class", missing, known, "class", "classes")
    return asked
