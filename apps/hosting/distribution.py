"""The series plane over many PostgreSQL servers by Citus. The only place, with its system check, that knows Citus.

Series tables become distributed tables by run_id, in one colocation group, so that all rows of a run lie on one server.
Safe to repeat, on tables with rows too. Why these rules: docs/scaling.md.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections

from apps.core.planes import is_series, series_alias

SHARDS = 64  # enough for as many servers; can later be changed only by rewriting
COLUMN = "run_id"
Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


class NoCitus(Exception):
    """The database has no Citus, or is none that could."""


class State(NamedTuple):
    """Series tables by what they are now. wrong: distributed, but not by run_id or not with the others."""

    distributed: list[str]
    local: list[str]
    wrong: list[str]


def series_tables() -> list[str]:
    """The tables of the series plane; the first leads the colocation group."""
    return sorted(model._meta.db_table for model in apps.get_models() if is_series(model))


def ask_series(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """One statement to the series database, in a transaction of its own."""
    with connections[series_alias()].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def has_citus(ask: Ask) -> bool:
    return bool(ask("SELECT extversion FROM pg_extension WHERE extname = 'citus'", ()))


def state(ask: Ask = ask_series) -> State:
    """What the series tables are. Raises NoCitus."""
    if connections[series_alias()].vendor != "postgresql":
        raise NoCitus("The series plane is not on PostgreSQL.")
    if not has_citus(ask):
        raise NoCitus("The series database has no Citus. Install it on every server, then: CREATE EXTENSION citus")
    rows = ask(
        "SELECT table_name::text, distribution_column, colocation_id FROM citus_tables "
        "WHERE citus_table_type = 'distributed'",
        (),
    )
    known = {name.rpartition(".")[2].strip('"'): (column, group) for name, column, group in rows}
    there = [table for table in series_tables() if table in known]
    groups = [known[table][1] for table in there]
    wrong = [table for table in there if known[table] != (COLUMN, groups[0])]
    good = [table for table in there if table not in wrong]
    return State(good, [table for table in series_tables() if table not in known], wrong)


def distribute(
    ask: Ask = ask_series,
    *,
    concurrently: bool = False,
    shards: int = SHARDS,
    say: Callable[[str], None] = lambda _: None,
) -> State:
    """Distribute the series tables that are local; gives the state afterwards. Interrupted and run again it goes on.

    concurrently: writers go on meanwhile (wal_level=logical); else each table is locked while it moves.
    Raises NoCitus.
    """
    before = state(ask)
    done = list(before.distributed)
    function = "create_distributed_table_concurrently" if concurrently else "create_distributed_table"
    for table in before.local:
        say(f"{table} …")
        if done:
            ask(f"SELECT {function}(%s, %s, colocate_with => %s)", (table, COLUMN, done[0]))
        else:
            ask(
                f"SELECT {function}(%s, %s, colocate_with => 'none', shard_count => %s)",
                (table, COLUMN, shards),
            )
        done.append(table)
    return state(ask)


@register(Tags.database)
def check_distribution(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn where Citus is there and series tables are local, as after a migration that made one, or a restore."""
    alias = series_alias()
    if alias not in (databases or ()) or connections[alias].vendor != "postgresql":
        return []
    try:
        found = state()
    except (NoCitus, DatabaseError):
        return []
    if not found.local and not found.wrong:
        return []
    return [
        Warning(
            f"Citus is installed, but not distributed by run_id: {', '.join([*found.local, *found.wrong])}.",
            hint="Run `manage.py distribute`.",
            id="hosting.W001",
        )
    ]
