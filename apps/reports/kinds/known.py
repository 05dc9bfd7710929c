"""The kinds of panel blocks there are, by name, in the order in which the editor offers them."""

from typing import Any

from apps.reports.kinds.custom import CustomKind
from apps.reports.kinds.difference import DifferenceKind
from apps.reports.kinds.kind import Kind
from apps.reports.kinds.line import LineKind
from apps.reports.kinds.plots import PLOT_KINDS
from apps.reports.kinds.runs import RunsKind

_ALL: tuple[Kind[Any], ...] = (LineKind(), RunsKind(), DifferenceKind(), *PLOT_KINDS, CustomKind())
KINDS = {one.name: one for one in _ALL}
