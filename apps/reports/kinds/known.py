"""The kinds of panel blocks there are, by name, in the order in which the editor offers them."""

from typing import Any

from apps.reports.kinds.custom import CustomKind
from apps.reports.kinds.kind import Kind
from apps.reports.kinds.line import LineKind
from apps.reports.kinds.runs import RunsKind

KINDS: dict[str, Kind[Any]] = {one.name: one for one in (LineKind(), RunsKind(), CustomKind())}
