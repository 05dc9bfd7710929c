"""What a filter means: conditions as the ORM's expressions, each true or false for every run and never unknown.

A value is looked up by its primary key (run, name) in a subquery that no planner turns into a join: so a query costs a
few lookups for each run it looks at, and which runs it looks at is for the caller to choose (see driver).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from django.db.models import BooleanField, Q, QuerySet, Subquery, Value
from django.db.models.expressions import OuterRef
from django.db.models.functions import Coalesce, Right, StrIndex
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils import timezone

from apps.runs.class_names import class_cells
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.filters import MOMENTS
from apps.runs.filters_syntax import All, Any, Comparison, Condition, Field, Filter, FilterError, Name, Not, Tagged
from apps.runs.models import CRASHED_AFTER, Namespace, Project, RunValue, State, ValueKey

NARROW = 5_000  # runs that are looked at one by one rather than in the order of a sorted list
_LAST_CHARACTER = "\U0010ffff"
_LOOKUPS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "==": "exact"}
_COMPARED = {"<": LessThan, "<=": LessThanOrEqual, ">": GreaterThan, ">=": GreaterThanOrEqual, "==": Exact}
_NO_KEY = (0,)  # no name has this id


class _Row(NamedTuple):
    """Something one row of the index tells: that a run has one of these names, with a value for which condition holds.

    ranged: whether an index finds the rows for which it holds.
    """

    key_ids: tuple[int, ...]
    condition: Q
    ranged: bool


@dataclass(frozen=True)
class Compiled:
    """A filter for the runs of one project (None: any). parts: what must hold, each with its row where it is one."""

    parts: tuple[Condition, ...]
    keys: "_Keys"

    def condition(self, run: str = "pk", but: Sequence[Condition] = ()) -> Q:
        """What must hold. run: path from the query's model to the run's id: "pk" from Run, "run_id" from RunValue.

        but: parts that hold anyhow.
        """
        found = Q()
        for part in self.parts:
            if not any(part is one for one in but):
                found &= self._holds(part, run)
        return found

    def driver(self) -> "Driver | None":
        """The rows of the index whose runs are the fewest that may pass, when they are at most NARROW.

        Counts with a cap: what each count costs does not grow with the project.
        """
        ranges: dict[tuple[int, ...], tuple[Q, list[Condition]]] = {}
        for part in self.parts:
            row = self._row(part)
            if row is not None and row.ranged:
                condition, covered = ranges.get(row.key_ids, (Q(), []))
                ranges[row.key_ids] = condition & row.condition, [*covered, part]
        best: Driver | None = None
        for key_ids, (condition, covered) in ranges.items():
            rows = RunValue.objects.filter(condition, key_id__in=key_ids)
            cap = best.size if best else NARROW
            size = rows.values("run_id")[: cap + 1].count()
            if size <= cap:
                best = Driver(rows, tuple(covered), size)
        return best

    # --- one condition ---

    def _holds(self, condition: Condition, run: str) -> Q:
        if isinstance(condition, All | Any):
            return reduce(
                and_ if isinstance(condition, All) else or_, (self._holds(one, run) for one in condition.parts)
            )
        if isinstance(condition, Not):
            return ~self._holds(condition.part, run)
        row = self._row(condition)
        if row is not None:
            return Q(_there(row, run))
        assert isinstance(condition, Comparison)
        if isinstance(condition.subject, Field):
            return _field_holds(condition, "" if run == "pk" else "run__")
        if condition.how == "missing":
            return ~row_exists(self.keys.ids(condition.subject), run)
        return self._two_names(condition, run)

    def _row(self, condition: Condition) -> _Row | None:
        """The condition as one row of the index tells it; None when none does."""
        if isinstance(condition, Tagged):
            return _Row(self.keys.tags(condition), Q(), True)
        if not isinstance(condition, Comparison) or isinstance(condition.subject, Field):
            return None
        if condition.how == "missing" or isinstance(condition.operand, Name):
            return None
        key_ids = self.keys.ids(condition.subject)
        if condition.how == "there":
            return _Row(key_ids, Q(), True)
        ranged = condition.how not in ("!=", "not in", "ends", "contains")
        return _Row(key_ids, _row_condition(condition.how, condition.operand), ranged)

    def _two_names(self, condition: Comparison, run: str) -> Q:
        """One value compared with another: numbers with numbers, texts with texts; != is true of different kinds."""
        assert isinstance(condition.subject, Name)
        assert isinstance(condition.operand, Name)
        one, other = self.keys.ids(condition.subject), self.keys.ids(condition.operand)
        how = "==" if condition.how == "!=" else condition.how
        holds = Q()
        for column in ("number", "text"):
            sides = [Subquery(_rows_of(ids, run).values(column)[:1]) for ids in (one, other)]
            holds |= Q(Coalesce(_COMPARED[how](*sides), Value(False), output_field=BooleanField()))
        if condition.how != "!=":
            return holds
        return row_exists(one, run) & row_exists(other, run) & ~holds


class Driver(NamedTuple):
    """Rows of the index that name all runs a filter lets pass, and perhaps others. parts: what holds for all these."""

    rows: QuerySet[RunValue]
    parts: tuple[Condition, ...]
    size: int


class _Keys:
    """The ids of the names of a filter: two queries at most, one more for tags that are searched, two for classes."""

    def __init__(self, chosen: Filter, project: Project | None, also: Sequence[Name]) -> None:
        asked = [*chosen.names(), *also]
        self._best = _best_figures(asked, project)
        self._cells, unclear = class_cells(project, asked)
        if unclear:
            raise next(iter(unclear.values()))
        self._tags: dict[str, list[int]] = {}
        tags = list(_tagged(chosen.condition))
        names = {place for name in asked for place in self._places(name)}
        names |= {(Namespace.TAG.value, tag) for one in tags for tag in one.asked}
        self._ids: dict[tuple[str, str], list[int]] = {}
        keys = ValueKey.objects.all() if project is None else ValueKey.objects.filter(project=project)
        if names:
            known = keys.filter(namespace__in={one for one, _ in names}, name__in={name for _, name in names})
            for key_id, namespace, name in known.values_list("id", "namespace", "name"):
                self._ids.setdefault((namespace, name), []).append(key_id)
        if any(one.how not in ("==", "in") for one in tags):
            for key_id, name in keys.filter(namespace=Namespace.TAG).values_list("id", "name"):
                self._tags.setdefault(name, []).append(key_id)

    def ids(self, name: Name) -> tuple[int, ...]:
        """The ids of a name, one a project; of an unknown name _NO_KEY."""
        return tuple(key_id for place in self._places(name) for key_id in self._ids.get(place, ())) or _NO_KEY

    def known(self, name: Name) -> bool:
        return any(place in self._ids for place in self._places(name))

    def tags(self, condition: Tagged) -> tuple[int, ...]:
        """The ids of the tags for which the condition holds."""
        found: list[int] = []
        if condition.how in ("==", "in"):
            for tag in condition.asked:
                found += self._ids.get((Namespace.TAG.value, tag), [])
        else:
            text = condition.asked[0]
            search = {"starts": str.startswith, "ends": str.endswith, "contains": str.__contains__}[condition.how]
            for tag, key_ids in self._tags.items():
                if search(tag, text):
                    found += key_ids
        return tuple(sorted(found)) or _NO_KEY

    def _places(self, name: Name) -> list[tuple[str, str]]:
        """The namespace and name in the index; of a class without a project or a run there may be several, or none."""
        if name.namespace == "class":
            return [(Namespace.CLASS.value, one) for one in self._cells[name]]
        if name.namespace != "metric":
            return [(name.namespace, name.name)]
        figure = self._best[name.name].value if name.figure == "best" else name.figure
        return [(f"metric.{figure}", name.name)]


def compiled(chosen: Filter, project: Project | None = None, also: Sequence[Name] = ()) -> Compiled:
    """The filter for the runs of a project. also: names whose ids are wanted besides.

    Raises FilterError when the best of a metric is asked for and nobody knows its direction, and for a class without
    its table where several have it.
    """
    parts = () if chosen.condition is None else tuple(_conjuncts(chosen.condition))
    return Compiled(parts, _Keys(chosen, project, also))


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _conjuncts(part)
    else:
        yield condition


def _tagged(condition: Condition | None) -> Iterator[Tagged]:
    if isinstance(condition, Tagged):
        yield condition
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _tagged(part)
    elif isinstance(condition, Not):
        yield from _tagged(condition.part)


def _best_figures(names: Sequence[Name], project: Project | None) -> dict[str, Direction]:
    asked = [name for name in names if name.figure == "best" and name.namespace == "metric"]
    found = directions(project, (name.name for name in asked))
    for name in asked:
        if found[name.name] == Direction.UNKNOWN:
            message = f"Whether {name.name} is better low or high is not known: ask for .min or .max, or say it once."
            raise FilterError(message, name.column, name.length)
    return found


# --- expressions ---


def _rows_of(key_ids: tuple[int, ...], run: str) -> QuerySet[RunValue]:
    of_run = RunValue.objects.filter(run_id=OuterRef(run))
    return of_run.filter(key_id=key_ids[0]) if len(key_ids) == 1 else of_run.filter(key_id__in=key_ids)


def row_exists(key_ids: tuple[int, ...], run: str = "pk") -> Q:
    """Whether the run has a value of one of these names."""
    return Q(_there(_Row(key_ids, Q(), False), run))


def _there(row: _Row, run: str) -> Coalesce:
    """Whether the run has such a row. A scalar, not EXISTS, which PostgreSQL would turn into a join over all rows."""
    rows = _rows_of(row.key_ids, run).filter(row.condition).annotate(there=Value(True)).values("there")
    return Coalesce(Subquery(rows[:1]), Value(False), output_field=BooleanField())


def _row_condition(how: str, operand: object) -> Q:
    """What must hold for a row of the index. Different kinds are never in order and never equal, as in Python."""
    if how in ("!=", "not in"):
        return ~_row_condition("==" if how == "!=" else "in", operand)
    if how == "in":
        assert isinstance(operand, tuple)
        numbers = [one for one in operand if isinstance(one, float)]
        texts = [one for one in operand if isinstance(one, str)]
        return Q(number__in=numbers) | Q(text__in=texts) if operand else Q(key_id__in=())
    if how in ("starts", "ends", "contains"):
        assert isinstance(operand, str)
        return _search(how, operand)
    column = "text" if isinstance(operand, str) else "number"
    return Q(**{f"{column}__{_LOOKUPS[how]}": operand})


def _search(how: str, text: str, column: str = "text") -> Q:
    """A search that minds upper and lower case on every database."""
    if not text:
        return Q(**{f"{column}__isnull": False})
    if how == "starts" and column == "text":
        after = _after_all(text)
        return Q(text__gte=text, text__lt=after) if after else Q(text__gte=text)
    if how == "starts":
        return Q(Exact(StrIndex(column, Value(text)), 1))
    if how == "ends":
        return Q(Exact(Right(column, len(text)), text))
    return Q(GreaterThan(StrIndex(column, Value(text)), 0))


def _after_all(start: str) -> str:
    """The least text after all that begin with start, by code points; "" when there is none."""
    stem = start.rstrip(_LAST_CHARACTER)
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)


def _field_holds(condition: Comparison, at: str) -> Q:
    """A condition on a column of Run. at: path to the run, "" or "run__"."""
    assert isinstance(condition.subject, Field)
    name, how, operand = condition.subject.name, condition.how, condition.operand
    if how in ("!=", "not in"):
        positive = Comparison(condition.subject, "==" if how == "!=" else "in", operand)
        there = Q() if name in ("state", "id", "notes") else Q(**{f"{at}{MOMENTS[name]}__isnull": False})
        return there & ~_field_holds(positive, at)
    if name == "state":
        return state_is([str(one) for one in (operand if isinstance(operand, tuple) else (operand,))], at)
    if name == "id":
        return Q(**{f"{at}id__in": [int(str(one)) for one in (operand if isinstance(operand, tuple) else (operand,))]})
    if name == "notes":
        return _notes_hold(how, operand, at)
    column = f"{at}{MOMENTS[name]}"
    if how in ("missing", "there"):
        return Q(**{f"{column}__isnull": how == "missing"})
    assert isinstance(operand, datetime)
    return Q(**{f"{column}__{_LOOKUPS[how]}": operand})


def _notes_hold(how: str, operand: object, at: str) -> Q:
    if how in ("starts", "ends", "contains"):
        assert isinstance(operand, str)
        return _search(how, operand, f"{at}notes")
    if how == "in":
        return Q(**{f"{at}notes__in": operand})
    return Q(**{f"{at}notes__{_LOOKUPS[how]}": operand})


def state_is(states: Sequence[str], at: str = "") -> Q:
    """Runs in one of the states as they are now: silent running runs count as crashed. at: path to the run."""
    silent = Q(**{f"{at}state": State.RUNNING, f"{at}heartbeat_at__lt": timezone.now() - CRASHED_AFTER})
    wanted = Q(**{f"{at}state__in": list(states)})
    if State.CRASHED in states:
        wanted |= silent
    if State.RUNNING in states and State.CRASHED not in states:
        wanted &= ~silent
    return wanted
