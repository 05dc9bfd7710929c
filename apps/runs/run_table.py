"""The run table: keyset pages of a project's runs that pass a filter, sorted by any values.

A page is made in one of two ways, chosen by counting with a cap which is cheaper:

- narrow: some part of the filter lets few runs pass. All of them are looked at, and sorted here.
- wide: the index of the first sorted name is walked from where the last page ended until the page is full. Runs that
  are equal there are a list of their own, of those with this value, sorted by the other names.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, BooleanField, Field, Func, Q, QuerySet, Value

from apps.runs.filters import parse_name
from apps.runs.filters_sql import Compiled, Driver, compiled, row_exists, state_is
from apps.runs.filters_syntax import Comparison, Filter, FilterError, Name
from apps.runs.models import Project, Run, RunValue
from apps.runs.queries import archived_runs_of, runs_of
from apps.runs.run_order import (
    MISSING,
    NUMBER,
    TEXT,
    Mark,
    Place,
    Sort,
    digest,
    follows,
    from_cursor,
    ordered,
    to_cursor,
)

DOCUMENTS = ("config", "summary", "provenance", "notes")
MAX_SORTS = 8
NEWEST_FIRST = Sort(Name("run", "created"), descending=True)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Chosen(NamedTuple):
    """Which runs of a project are asked for. states: only runs in one of them; () takes all. archived: those that
    are archived, and no others."""

    filter: Filter = Filter("", None)
    states: tuple[str, ...] = ()
    archived: bool = False


class TablePage(NamedTuple):
    """Some runs in order. next: the cursor of those after them. exact: whether total is all there are, or at least.

    seen: how many came before this page.
    """

    runs: list[Run]
    next: str | None
    total: int
    exact: bool
    seen: int = 0


def parse_sort(text: str) -> Sort:
    """Read "created", "-config.lr", '-metric["val/acc"].max'. Raises FilterError."""
    descending = text.startswith("-")
    try:
        name = parse_name(" " + text[1:] if descending else text)
    except FilterError as error:
        raise error.of("sort") from None
    if not isinstance(name, Name):
        raise FilterError(f"Runs cannot be sorted by {name.name}.", 1 + descending, len(name.name), what="sort")
    return Sort(name, descending)


def parse_sorts(texts: Sequence[str]) -> list[Sort]:
    """Read what a list is sorted by, the first name first; newest first without any. Raises FilterError."""
    if len(texts) > MAX_SORTS:
        raise FilterError(f"Runs are sorted by at most {MAX_SORTS} names; {len(texts)} came.", 1, what="sort")
    found = {sort.name: sort for sort in reversed([parse_sort(text) for text in texts])}
    return list(reversed(found.values())) or [NEWEST_FIRST]


def table_page(
    project: Project,
    chosen: Chosen,
    sorts: Sequence[Sort],
    *,
    limit: int,
    cursor: str = "",
    whole: bool = False,
) -> TablePage:
    """One page. A few queries for each sort and a capped count for each part of the filter, for many runs as for few.

    whole: with the documents of the runs, which may be long. Raises FilterError and Invalid.
    """
    table = _table(project, chosen, sorts)
    of = digest(
        project.pk, [sort.text for sort in sorts], chosen.filter.text, sorted(chosen.states), int(chosen.archived)
    )
    seen, after = from_cursor(cursor, of, len(sorts)) if cursor else (0, None)
    found, total = table.places(after, limit + 1)
    more = len(found) > limit
    exact = total is not None or not more
    shown = found[:limit]
    # Without an order: SQLite would walk all runs of the project by its index.
    listed = table.listed.order_by().filter(id__in=[place.run_id for place in shown])
    known = {run.id: run for run in listed.defer(*([] if whole else DOCUMENTS))}
    runs = [known[place.run_id] for place in shown if place.run_id in known]
    following = to_cursor(of, seen + len(shown), shown[-1]) if more else None
    return TablePage(runs, following, seen + len(found) if total is None else total, exact, seen)


def count_chosen(project: Project, chosen: Chosen, most: int) -> int:
    """How many runs pass, counted up to most; looks at more than that only when the filter lets few of them pass."""
    table = _table(project, chosen, [NEWEST_FIRST])
    _, total = table.places(None, 0)
    return table.passing().order_by()[:most].count() if total is None else min(most, total)


def passing_ids(project: Project, chosen: Chosen) -> list[int]:
    """The ids of all runs that pass, in no order."""
    if chosen == Chosen():  # an index holds the ids of all; few are hidden, as a rule
        hidden = set(hidden_runs(project).values_list("id", flat=True))
        every = Run.objects.filter(project=project).order_by("-created_at", "-id").values_list("id", flat=True)
        return [run_id for run_id in every if run_id not in hidden]
    return list(_table(project, chosen, [NEWEST_FIRST]).ids())


def hidden_runs(project: Project) -> QuerySet[Run]:
    """A project's runs that are archived or deleted."""
    return Run.objects.filter(project=project).filter(Q(deleted_at__isnull=False) | Q(archived_at__isnull=False))


def _table(project: Project, chosen: Chosen, sorts: Sequence[Sort]) -> "_Table":
    names = [sort.name for sort in sorts]
    try:
        compiled(
            Filter("", None),
            project,
            also=[name for name in names if name.figure == "best" or name.namespace == "class"],
        )
    except FilterError as error:
        raise error.of("sort") from None
    return _Table(project, chosen, sorts, compiled(chosen.filter, project, also=names))


class _Table:
    """The sorted list of the runs that pass a filter."""

    def __init__(self, project: Project, chosen: Chosen, sorts: Sequence[Sort], passing: Compiled) -> None:
        self._project = project
        self._chosen = chosen
        self._sorts = sorts
        self._filter = passing
        self.listed: QuerySet[Run] = archived_runs_of(project) if chosen.archived else runs_of(project)

    def places(self, after: Place | None, count: int) -> tuple[list[Place], int | None]:
        """The first places after one, at most so many; and how many there are in all, None when nobody counted."""
        driver = self._filter.driver()
        if driver is None and not self._chosen.archived:
            return self._wide(after, count), None
        everything = self._narrow(driver)
        rest = [place for place in everything if after is None or follows(place, after, self._sorts)]
        return rest[:count], len(everything)

    def passing(self) -> QuerySet[Run]:
        """The runs themselves, newest first."""
        found = self.listed.filter(self._filter.condition())
        return found.filter(state_is(self._chosen.states)) if self._chosen.states else found

    def _alive(self, driver: Driver | None = None) -> Q:
        """What must hold of rows of the index beside what the driver says."""
        found = self._filter.condition("run_id", but=driver.parts if driver else ())
        if self._chosen.archived:
            found &= Q(run_id__in=self.listed.order_by().values("id"))
        else:
            found &= ~Q(run_id__in=hidden_runs(self._project).values("id"))
        states = self._chosen.states
        return found & state_is(states, "run__") if states else found

    def ids(self) -> set[int]:
        """The ids of all runs that pass."""
        return self._ids(self._filter.driver())

    def _ids(self, driver: Driver | None) -> set[int]:
        if driver is None:
            return set(self.passing().order_by().values_list("id", flat=True))
        return set(driver.rows.filter(self._alive(driver)).values_list("run_id", flat=True))

    # --- narrow ---

    def _narrow(self, driver: Driver | None) -> list[Place]:
        """All runs that pass, in order. driver: None for archived runs: few, as a rule, and anywhere in the order."""
        ids = self._ids(driver)
        return ordered(self._places_of(ids, self._sorts), self._sorts)

    def _places_of(self, ids: Iterable[int], sorts: Sequence[Sort]) -> list[Place]:
        """Where runs stand by some sorts: one query, and one more for runs without a value of the last."""
        levels: dict[int, list[int]] = {}  # two names may be one value: the best of a loss is its lowest
        for level, sort in enumerate(sorts):
            for key_id in self._filter.keys.ids(sort.name):
                levels.setdefault(key_id, []).append(level)
        marks = {run_id: [Mark(MISSING)] * len(sorts) for run_id in ids}
        values = RunValue.objects.filter(key_id__in=list(levels), run_id__in=list(marks))
        for run_id, key_id, number, text in values.values_list("run_id", "key_id", "number", "text"):
            for level in levels[key_id]:
                marks[run_id][level] = Mark(NUMBER, number) if text is None else Mark(TEXT, text)
        without = [run_id for run_id, found in marks.items() if found[-1].kind == MISSING]
        if without:
            made = Run.objects.filter(id__in=without).values_list("created_at", "id")
            for created_at, run_id in made:
                marks[run_id][-1] = Mark(MISSING, _micros(created_at))
        return [Place(tuple(found), run_id) for run_id, found in marks.items()]

    # --- wide ---

    def _wide(self, after: Place | None, count: int) -> list[Place]:
        """The next runs that pass, in order, at most so many."""
        found: list[Place] = []
        for kind in range(after.marks[0].kind if after else NUMBER, MISSING + 1):
            begin = after if after is not None and after.marks[0].kind == kind else None
            if len(self._sorts) > 1:
                found += self._grouped(kind, begin, count - len(found))
            elif kind == MISSING:
                found += self._without(begin)(count - len(found))
            else:
                found += self._valued(kind, begin)(count - len(found))
            if len(found) >= count:
                break
        return found[:count]

    def _grouped(self, kind: int, after: Place | None, count: int) -> list[Place]:
        """The next runs of a kind by the first sort, those that are equal there by the others."""
        if kind == MISSING:
            return self._equal(Mark(MISSING), after, count)
        found = self._equal(after.marks[0], after, count) if after else []
        if len(found) >= count:
            return found
        rows = self._valued(kind, after, beyond_all=True)(count - len(found))
        whole, last = rows, None
        if len(rows) == count - len(found):  # there may be more that equal the last one
            last = rows[-1].marks[0]
            whole = [place for place in rows if place.marks[0] != last]
        first = {place.run_id: place.marks for place in whole}
        others = self._places_of(first, self._sorts[1:])
        found += ordered([place._replace(marks=first[place.run_id] + place.marks) for place in others], self._sorts)
        return found if last is None else found + self._equal(last, None, count - len(found))

    def _equal(self, mark: Mark, after: Place | None, count: int) -> list[Place]:
        """The next of the runs that have one value of the first sort, in the order of the others."""
        name = self._sorts[0].name
        same = Comparison(name, "missing") if mark.kind == MISSING else Comparison(name, "==", mark.value)
        passing = Compiled((*self._filter.parts, same), self._filter.keys)
        table = _Table(self._project, self._chosen, self._sorts[1:], passing)
        rest = after._replace(marks=after.marks[1:]) if after else None
        return [place._replace(marks=(mark, *place.marks)) for place in table.places(rest, count)[0]]

    def _valued(self, kind: int, after: Place | None, beyond_all: bool = False) -> "_Rows":
        """Runs with a number, or with a text, from the index of the sorted name. beyond_all: past equal ones too."""
        column = "text" if kind == TEXT else "number"
        key_ids = self._filter.keys.ids(self._sorts[0].name)
        rows = RunValue.objects.filter(self._alive(), key_id__in=key_ids, **{f"{column}__isnull": False})
        down = self._sorts[0].descending
        if after is not None and beyond_all:
            rows = rows.filter(**{f"{column}__{'lt' if down else 'gt'}": after.marks[0].value})
        elif after is not None:
            rows = rows.filter(_beyond(column, "run_id", after.marks[0].value, after.run_id, "<" if down else ">"))
        sign = "-" if down else ""
        found = rows.order_by(f"{sign}{column}", f"{sign}run_id").values_list(column, "run_id")
        return lambda count: [Place((Mark(kind, value),), run_id) for value, run_id in found[:count]]

    def _without(self, after: Place | None) -> "_Rows":
        """Runs without a value of the sorted name, newest first."""
        runs = self.passing().exclude(row_exists(self._filter.keys.ids(self._sorts[0].name)))
        if after is not None:
            runs = runs.filter(_beyond("created_at", "id", _moment(after.marks[0].value), after.run_id, "<"))
        made = runs.values_list("created_at", "id")
        return lambda count: [Place((Mark(MISSING, _micros(at)),), run_id) for at, run_id in made[:count]]


_Rows = Callable[[int], list[Place]]  # the first so many


def _beyond(column: str, run: str, value: Any, run_id: int, sign: str) -> Q:
    """(column, run) < (value, id): one comparison of pairs, which an index over both answers however many are equal."""
    pair, bound = _Pair(column, run), _Pair(Value(value), Value(run_id, output_field=BigIntegerField()))
    return Q(Func(pair, bound, template="%(expressions)s", arg_joiner=f" {sign} ", output_field=BooleanField()))


class _Pair(Func):
    function = ""
    output_field = Field()


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
