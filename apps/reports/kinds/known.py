"""The kinds of panel blocks there are, by name, in the order in which the editor offers them."""

from typing import Any

from apps.reports.kinds.classes import ClassesKind
from apps.reports.kinds.confusion import ConfusionKind
from apps.reports.kinds.curves import CurvesKind
from apps.reports.kinds.custom import CustomKind
from apps.reports.kinds.difference import DifferenceKind
from apps.reports.kinds.histogram import HistogramKind
from apps.reports.kinds.kind import Kind
from apps.reports.kinds.line import LineKind
from apps.reports.kinds.plots import PLOT_KINDS
from apps.reports.kinds.runs import RunsKind

_EVALUATED = (ClassesKind(), ConfusionKind(), CurvesKind(), HistogramKind())
_ALL: tuple[Kind[Any], ...] = (LineKind(), RunsKind(), DifferenceKind(), *_EVALUATED, *PLOT_KINDS, CustomKind())
KINDS = {one.name: one for one in _ALL}
