"""What is worth saying of a filter that can be read: names no run of the project has, and kinds that never meet."""

import difflib
from collections.abc import Iterator
from typing import NamedTuple

from apps.runs.class_names import read_class_name
from apps.runs.filters_sql import Compiled, compiled
from apps.runs.filters_syntax import All, Any, Comparison, Condition, Filter, Name, Not, with_near
from apps.runs.models import Namespace, Project, RunValue, ValueKey

MOST_NAMES = 10_000  # among which near ones are looked for
MOST_CELLS = 2_000  # of class tables; their names are longer


class Note(NamedTuple):
    """A remark on a part of a filter. column: where, from 1, and length characters from there."""

    column: int
    length: int
    message: str


def notes(project: Project, chosen: Filter) -> list[Note]:
    """Remarks on a filter for a project: one query for its names, two more for each that is odd. Raises FilterError."""
    if chosen.condition is None:
        return []
    found = compiled(chosen, project)
    said: dict[Name, Note] = {}
    for name in chosen.names():
        if name not in said and not found.keys.known(name):
            message = with_near(f"No run of this project has {name.text}.", _near(project, name))
            said[name] = Note(name.column, name.length, message)
    for comparison in _comparisons(chosen.condition):
        subject = comparison.subject
        if isinstance(subject, Name) and subject not in said:
            message = _other_kind(found, subject, comparison.operand)
            if message:
                said[subject] = Note(subject.column, subject.length, message)
    return sorted(said.values())


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _comparisons(part)
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    elif isinstance(condition, Comparison):
        yield condition


def _near(project: Project, name: Name) -> list[str]:
    if name.namespace == "class":
        return _near_cells(project, name)
    namespace = Namespace.METRIC_LAST.value if name.namespace == "metric" else name.namespace
    known = ValueKey.objects.filter(project=project, namespace=namespace).order_by("name")
    close = difflib.get_close_matches(name.name, known.values_list("name", flat=True)[:MOST_NAMES], n=2)
    return [Name(name.namespace, one, name.figure).text for one in close]


def _near_cells(project: Project, name: Name) -> list[str]:
    """Cells of class tables that are written alike."""
    known = ValueKey.objects.filter(project=project, namespace=Namespace.CLASS).order_by("name")
    cells = [read_class_name(text) for text in known.values_list("name", flat=True)[:MOST_CELLS]]
    texts = {one.written(plain=not name.table).text for one in cells}
    return difflib.get_close_matches(name.text, sorted(texts), n=2)


def _other_kind(found: Compiled, name: Name, operand: object) -> str:
    """What to say when a text is compared with a name that holds numbers alone, or a number with texts alone."""
    if not isinstance(operand, str | float):
        return ""
    values = RunValue.objects.filter(key_id__in=found.keys.ids(name))
    asked, other = ("text", "number") if isinstance(operand, str) else ("number", "text")
    if (
        values.filter(**{f"{asked}__isnull": False}).exists()
        or not values.filter(**{f"{other}__isnull": False}).exists()
    ):
        return ""
    kinds = {"number": "numbers", "text": "texts"}
    return f"{name.text} holds {kinds[other]} alone in this project, and no {asked} equals one."
