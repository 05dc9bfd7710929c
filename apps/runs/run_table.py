"""The run table: keyset pages of a project's runs that pass a filter, sorted by any value.

The order is by value, numbers before texts, equal ones by run id, and last the runs without a value, newest first. A
page is made in one of two ways, chosen by counting with a cap which is cheaper:

- narrow: some part of the filter lets few runs pass. All of them are looked at, and sorted here.
- wide: the index of the sorted name is walked from where the last page ended until the page is full.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db.models import BigIntegerField, BooleanField, Field, Func, Q, Value

from apps.core.errors import Invalid
from apps.runs.filters import parse_name
from apps.runs.filters_sql import Compiled, Driver, compiled, row_exists, state_is
from apps.runs.filters_syntax import Filter, FilterError, Name
from apps.runs.models import Project, Run, RunValue
from apps.runs.queries import runs_of

NUMBER, TEXT, MISSING = range(3)
DOCUMENTS = ("config", "summary", "provenance", "notes")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Sort(NamedTuple):
    """What runs are sorted by, as it was asked for."""

    name: Name
    descending: bool


class Place(NamedTuple):
    """Where a run stands in a sorted list. value: of MISSING, when the run was made, in µs since epoch."""

    kind: int
    value: Any
    run_id: int


class TablePage(NamedTuple):
    """Some runs in order. next: the cursor of those after them. exact: whether total is all there are, or at least."""

    runs: list[Run]
    next: str | None
    total: int
    exact: bool


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


def table_page(
    project: Project,
    chosen: Filter,
    sort: Sort,
    *,
    limit: int,
    cursor: str = "",
    states: Sequence[str] = (),
    whole: bool = False,
) -> TablePage:
    """One page. Three queries and a capped count for each part of the filter, however many runs there are.

    states: only runs in one of them; [] takes all. whole: with the documents of the runs, which may be long.
    Raises FilterError and Invalid.
    """
    table = _Table(project, chosen, sort, states)
    seen, after = _from_cursor(cursor, table.digest) if cursor else (0, None)
    driver = table.filter.driver()
    if driver is None:
        found = table.wide(after, limit + 1)
        more = len(found) > limit
        total, exact = seen + min(len(found), limit) + more, not more
    else:
        everything = table.narrow(driver)
        total, exact = len(everything), True
        found = [place for place in everything if after is None or table.follows(place, after)]
        more = len(found) > limit
    shown = found[:limit]
    # Without an order: SQLite would walk all runs of the project by its index.
    listed = runs_of(project).order_by().filter(id__in=[place.run_id for place in shown])
    known = {run.id: run for run in listed.defer(*([] if whole else DOCUMENTS))}
    runs = [known[place.run_id] for place in shown if place.run_id in known]
    following = _to_cursor(table.digest, seen + len(shown), shown[-1]) if more else None
    return TablePage(runs, following, total, exact)


class _Table:
    """All that pages of one question share."""

    def __init__(self, project: Project, chosen: Filter, sort: Sort, states: Sequence[str]) -> None:
        self._project = project
        self._states = states
        self._descending = sort.descending
        try:
            compiled(Filter("", None), project, also=[sort.name] if sort.name.figure == "best" else [])
        except FilterError as error:
            raise error.of("sort") from None
        self.filter: Compiled = compiled(chosen, project, also=[sort.name])
        self._key_ids = self.filter.keys.ids(sort.name)
        question = [project.pk, sort.name.text, sort.descending, chosen.text, *sorted(states)]
        self.digest = hashlib.blake2b(orjson.dumps(question), digest_size=6).hexdigest()

    def _alive(self, driver: Driver | None = None) -> Q:
        """What must hold of rows of the index beside what the driver says."""
        hidden = Run.objects.filter(project=self._project).filter(
            Q(deleted_at__isnull=False) | Q(archived_at__isnull=False)
        )
        found = self.filter.condition("run_id", but=driver.parts if driver else ()) & ~Q(run_id__in=hidden.values("id"))
        return found & state_is(self._states, "run__") if self._states else found

    def narrow(self, driver: Driver) -> list[Place]:
        """All runs that pass, in order."""
        ids = set(driver.rows.filter(self._alive(driver)).values_list("run_id", flat=True))
        values = RunValue.objects.filter(key_id__in=self._key_ids, run_id__in=ids)
        places = [
            Place(NUMBER, number, run_id) if text is None else Place(TEXT, text, run_id)
            for run_id, number, text in values.values_list("run_id", "number", "text")
        ]
        without = ids - {place.run_id for place in places}
        if without:
            made = Run.objects.filter(id__in=without).values_list("id", "created_at")
            places += [Place(MISSING, _micros(created_at), run_id) for run_id, created_at in made]
        return self._ordered(places)

    def _ordered(self, places: list[Place]) -> list[Place]:
        ordered: list[Place] = []
        for kind in (NUMBER, TEXT, MISSING):
            some = [place for place in places if place.kind == kind]
            ordered += sorted(some, reverse=self._descending or kind == MISSING)
        return ordered

    def follows(self, place: Place, after: Place) -> bool:
        """Whether a place comes after another."""
        if place.kind != after.kind:
            return place.kind > after.kind
        if self._descending or place.kind == MISSING:
            return place < after
        return place > after

    def wide(self, after: Place | None, count: int) -> list[Place]:
        """The next runs that pass, in order, at most so many."""
        found: list[Place] = []
        for kind in range(after.kind if after else NUMBER, MISSING + 1):
            begin = after if after is not None and after.kind == kind else None
            more = self._without(begin) if kind == MISSING else self._valued(kind, begin)
            found += more(count - len(found))
            if len(found) == count:
                break
        return found

    def _valued(self, kind: int, after: Place | None) -> "_Rows":
        """Runs with a number, or with a text, from the index of the sorted name."""
        column = "text" if kind == TEXT else "number"
        rows = RunValue.objects.filter(self._alive(), key_id__in=self._key_ids, **{f"{column}__isnull": False})
        if after is not None:
            rows = rows.filter(_beyond(column, "run_id", after, "<" if self._descending else ">"))
        sign = "-" if self._descending else ""
        ordered = rows.order_by(f"{sign}{column}", f"{sign}run_id").values_list(column, "run_id")
        return lambda count: [Place(kind, value, run_id) for value, run_id in ordered[:count]]

    def _without(self, after: Place | None) -> "_Rows":
        """Runs without a value of the sorted name, newest first."""
        runs = runs_of(self._project).filter(self.filter.condition())
        runs = runs.exclude(row_exists(self._key_ids))
        if self._states:
            runs = runs.filter(state_is(self._states))
        if after is not None:
            runs = runs.filter(_beyond("created_at", "id", after._replace(value=_moment(after.value)), "<"))
        found = runs.values_list("created_at", "id")
        return lambda count: [Place(MISSING, _micros(created_at), run_id) for created_at, run_id in found[:count]]


_Rows = Callable[[int], list[Place]]  # the first so many


def _beyond(column: str, run: str, place: Place, sign: str) -> Q:
    """(column, run) < (value, id): one comparison of pairs, which an index over both answers however many are equal."""
    pair, bound = _Pair(column, run), _Pair(Value(place.value), Value(place.run_id, output_field=BigIntegerField()))
    return Q(Func(pair, bound, template="%(expressions)s", arg_joiner=f" {sign} ", output_field=BooleanField()))


class _Pair(Func):
    function = ""
    output_field = Field()


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def _to_cursor(digest: str, seen: int, place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([digest, seen, *place])).decode().rstrip("=")


def _from_cursor(cursor: str, digest: str) -> tuple[int, Place]:
    """How many runs came before, and the last of them."""
    try:
        asked, seen, kind, value, run_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = Place(kind, value, run_id)
        if asked != digest:
            raise Invalid("This cursor belongs to another filter or order.", fields={"cursor": "of another question"})
        wanted = (float | int, str, int)[kind]
        if (
            isinstance(value, wanted)
            and isinstance(run_id, int)
            and isinstance(seen, int)
            and -(2**63) <= run_id < 2**63
        ):
            return seen, place
    except (ValueError, TypeError, IndexError, binascii.Error):
        pass
    raise Invalid("This cursor is not one of ours.", fields={"cursor": "cannot be read"})
