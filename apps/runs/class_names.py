"""How the values index names a cell of a class table, and which cell a name in a filter means."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

import orjson
from django.db.models import Exists, OuterRef, Q

from apps.runs.filters_syntax import FilterError, Name
from apps.runs.models import Namespace, Project, RunValue, ValueKey

MOST_SAID = 5  # tables in a message


class CellName(NamedTuple):
    """A cell: the class and column of the newest step of a table."""

    table: str
    name: str
    column: str

    def written(self, *, plain: bool = False) -> Name:
        """As a filter names it; plain: without its table."""
        return Name("class", self.name, self.column, table="" if plain else self.table)


def class_name(table: str, name: str, column: str) -> str:
    """The name of a cell in the index. It begins with the class, so that one prefix finds a class in all tables."""
    return orjson.dumps([name, column, table]).decode()


def read_class_name(text: str) -> CellName:
    """The cell of a name in the index."""
    name, column, table = orjson.loads(text)
    return CellName(table, name, column)


def start_of(name: str, column: str | None = None) -> str:
    """What the names of a class (and column) in all tables begin with."""
    return orjson.dumps([name] if column is None else [name, column]).decode()[:-1] + ","


class Cells(NamedTuple):
    """What names of classes mean. indexed: by name its names in the index, one a table; unclear: what is said of those
    that several tables have."""

    indexed: dict[Name, tuple[str, ...]]
    unclear: dict[Name, FilterError]


def class_cells(project: Project | None, names: Iterable[Name]) -> Cells:
    """The cells that names with the namespace "class" mean: two queries at most. Without a project none is unclear."""
    asked = {name for name in names if name.namespace == "class"}
    indexed: dict[Name, tuple[str, ...]] = {
        name: (class_name(name.table, name.name, name.figure),) for name in asked if name.table
    }
    plain = [name for name in asked if not name.table]
    found: dict[tuple[str, str], list[tuple[int, CellName]]] = defaultdict(list)
    if plain:
        starts = [start_of(name.name, name.figure) for name in plain]
        for key_id, cell in _known(project, starts):
            found[cell.name, cell.column].append((key_id, cell))
    used = _used([key_id for cells in found.values() if len(cells) > 1 for key_id, _ in cells])
    unclear = {}
    for name in plain:
        cells = found[name.name, name.figure]
        if len(cells) > 1:
            cells = [one for one in cells if one[0] in used] or cells
        indexed[name] = tuple(sorted({class_name(*cell) for _, cell in cells}))
        tables = sorted({cell.table for _, cell in cells})
        if len(tables) > 1 and project is not None:
            unclear[name] = _unclear(name, tables)
    return Cells(indexed, unclear)


def _known(project: Project | None, starts: Iterable[str]) -> Iterator[tuple[int, CellName]]:
    keys = ValueKey.objects.filter(namespace=Namespace.CLASS)
    if project is not None:
        keys = keys.filter(project=project)
    wanted = set(starts)
    rows = keys.filter(reduce(or_, (Q(name__startswith=start) for start in sorted(wanted))))
    for key_id, text in rows.order_by("name").values_list("id", "name"):
        cell = read_class_name(text)
        if start_of(cell.name, cell.column) in wanted:  # SQLite's LIKE does not mind upper and lower case
            yield key_id, cell


def _used(key_ids: list[int]) -> set[int]:
    """Those that a run which is there has a value for: names stay when the last run goes. One query at most."""
    if not key_ids:
        return set()
    held = RunValue.objects.filter(key=OuterRef("pk"), number__isnull=False, run__deleted_at=None)
    return set(ValueKey.objects.filter(Exists(held), id__in=key_ids).values_list("id", flat=True))


def _unclear(name: Name, tables: list[str]) -> FilterError:
    written = [Name("class", name.name, name.figure, table=table).text for table in tables[:MOST_SAID]]
    more = f" or one of {len(tables) - MOST_SAID} more" if len(tables) > MOST_SAID else ""
    message = f"{len(tables)} tables have this class and column: write {' or '.join(written)}{more}."
    return FilterError(message, name.column, name.length)


def offered_cells(project: Project, texts: Iterable[str]) -> list[Name]:
    """Names in the index as a filter writes them: with their tables where several have the class and column."""
    cells = [read_class_name(text) for text in texts]
    if not cells:
        return []
    tables: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, cell in _known(project, {start_of(cell.name, cell.column) for cell in cells}):
        tables[cell.name, cell.column].add(cell.table)
    return [cell.written(plain=len(tables[cell.name, cell.column]) == 1) for cell in cells]
