"""One database in and out of a backup. SQLite by its own online copy; PostgreSQL by COPY in one snapshot.

A PostgreSQL dump is one member a table, in COPY's binary form, with its columns in the manifest; the tables themselves
are made by the migrations the manifest names. So a dump needs no program beside us, and no superuser.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg
import zstandard
from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, router, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from apps.hosting.archive import Writer

_PIECE = 1 << 20


def applied_migrations(alias: str) -> list[list[str]]:
    """[app, name] of every migration the database has, in order."""
    return sorted([app, name] for app, name in MigrationRecorder(connections[alias]).applied_migrations())


def tables_of(alias: str) -> list[str]:
    """The tables of our models in this database, in order."""
    models = [model for model in apps.get_models(include_auto_created=True) if router.db_for_read(model) == alias]
    return sorted({model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy})


def dump(alias: str, writer: Writer, folder: Path) -> dict[str, Any]:
    """Add one database to a backup as it is at one moment; gives what the manifest says of it."""
    write = _dump_sqlite if connections[alias].vendor == "sqlite" else _dump_postgresql
    facts = {"vendor": connections[alias].vendor, "migrations": applied_migrations(alias)}
    return facts | write(alias, writer, folder)


def _dump_sqlite(alias: str, writer: Writer, folder: Path) -> dict[str, Any]:
    copy = folder / f"{alias}.sqlite3"
    with (
        contextlib.closing(sqlite3.connect(_sqlite_path(alias))) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)  # all pages in one read transaction: writers go on meanwhile
        target.execute("PRAGMA journal_mode=DELETE")
        rows = {
            table: target.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
            for table in tables_of(alias)
        }
    packed = folder / f"{alias}.sqlite3.zst"
    with copy.open("rb") as plain, packed.open("wb") as file:
        zstandard.ZstdCompressor(level=1).copy_stream(plain, file)
    copy.unlink()
    writer.add_file(f"{alias}.sqlite3.zst", packed)
    packed.unlink()
    return {"rows": rows}


def _dump_postgresql(alias: str, writer: Writer, folder: Path) -> dict[str, Any]:
    rows: dict[str, int] = {}
    columns: dict[str, list[str]] = {}
    with _session(alias) as session, session.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in tables_of(alias):
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = '' ORDER BY attnum",
                (f'"{table}"',),
            )
            columns[table] = [row[0] for row in cursor.fetchall()]
            packed = folder / f"{table}.zst"
            with packed.open("wb") as file, zstandard.ZstdCompressor(level=1).stream_writer(file) as stream:
                with cursor.copy(_copy("COPY {} ({}) TO STDOUT (FORMAT binary)", table, columns[table])) as pieces:
                    for piece in pieces:
                        stream.write(piece)
                rows[table] = cursor.rowcount
            writer.add_file(f"{alias}/{table}.copy.zst", packed)
            packed.unlink()
    return {"rows": rows, "columns": columns}


def in_use(alias: str) -> bool:
    """Whether others than this process have the database open."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        connection.close()
        if not Path(_sqlite_path(alias)).exists():
            return False
        with contextlib.closing(sqlite3.connect(_sqlite_path(alias), timeout=1)) as file:
            try:
                file.execute("PRAGMA journal_mode=DELETE")  # leaves WAL mode, which only the last one there may
            except sqlite3.OperationalError:
                return True
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone()[0])


def holds_data(alias: str) -> bool:
    """Whether a database holds users or runs: more than a site that was only made ready."""
    connection = connections[alias]
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in ("runs_run", "series", "history_batch"):
            if table in there:
                cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')  # noqa: S608
                if cursor.fetchone():
                    return True
        if "accounts_user" in there:
            cursor.execute('SELECT count(*) FROM "accounts_user"')
            return int(cursor.fetchone()[0]) > 1
    return False


def unknown_migrations(alias: str, applied: list[list[str]]) -> list[str]:
    """Those of a backup that this release does not have: it was made by a newer one."""
    known = set(MigrationExecutor(connections[alias]).loader.disk_migrations or {})
    return sorted(f"{app}.{name}" for app, name in applied if (app, name) not in known)


def unpack_sqlite(stream: IO[bytes], alias: str) -> Path:
    """The database of a backup as a file beside the one in use, found whole. Raises sqlite3.DatabaseError."""
    path = Path(_sqlite_path(alias)).with_suffix(".restoring")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        path.chmod(0o600)
        zstandard.ZstdDecompressor().copy_stream(stream, file)
    with contextlib.closing(sqlite3.connect(path)) as restored:
        said = restored.execute("PRAGMA quick_check").fetchone()[0]
        if said != "ok":
            raise sqlite3.DatabaseError(said)
    return path


def take_over_sqlite(path: Path, alias: str) -> None:
    """Put an unpacked database in the place of the one in use."""
    connections[alias].close()
    target = Path(_sqlite_path(alias))
    for left in ("-wal", "-shm"):
        target.with_name(target.name + left).unlink(missing_ok=True)
    path.replace(target)


def make_empty_tables(alias: str, applied: list[list[str]]) -> None:
    """Remove our tables from a PostgreSQL database, and make those of a backup anew, without a row."""
    connection = connections[alias]
    ours = {*tables_of(alias), "django_migrations"} | _once_ours(alias)
    with connection.cursor() as cursor:
        for table in sorted(ours & set(connection.introspection.table_names(cursor))):
            cursor.execute(f'DROP TABLE "{table}" CASCADE')
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, name in applied}
    graph = executor.loader.graph
    last = [node for node in wanted if not any(child.key in wanted for child in graph.node_map[node].children)]
    executor.migrate(sorted(last))
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in tables_of(alias):
            if table in there:
                cursor.execute(f'TRUNCATE "{table}" CASCADE')


def _once_ours(alias: str) -> set[str]:
    """Tables of our apps that a migration of another release made: named after them."""
    prefixes = tuple(f"{config.label}_" for config in apps.get_app_configs())
    return {name for name in connections[alias].introspection.table_names() if name.startswith(prefixes)}


def fill_postgresql(
    alias: str, columns: dict[str, list[str]], tables: Iterator[tuple[str, IO[bytes]]]
) -> dict[str, int]:
    """Copy tables into a database in one transaction; gives the rows of each. Foreign keys are checked at its end."""
    rows = {}
    with _session(alias) as session, session.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table, stream in tables:
            with cursor.copy(_copy("COPY {} ({}) FROM STDIN (FORMAT binary)", table, columns[table])) as copy:
                reader = zstandard.ZstdDecompressor().stream_reader(stream)
                while piece := reader.read(_PIECE):
                    copy.write(piece)
            rows[table] = cursor.rowcount
    return rows


def set_sequences(alias: str) -> None:
    """Let new rows of a filled database get numbers after those it holds; and let it learn what its tables hold."""
    models = [model for model in apps.get_models(include_auto_created=True) if router.db_for_write(model) == alias]
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for statement in connections[alias].ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def counted_rows(alias: str, tables: list[str]) -> dict[str, int]:
    rows = {}
    with connections[alias].cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
            rows[table] = int(cursor.fetchone()[0])
    return rows


def _copy(statement: str, table: str, columns: list[str]) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))


@contextlib.contextmanager
def _session(alias: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own on a PostgreSQL database, committed at the end."""
    parameters = connections[alias].get_connection_params()
    chosen = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    extra = {name: parameters[name] for name in parameters if name.startswith(("ssl", "target_session"))}
    with psycopg.connect(**chosen, **extra) as session:
        yield session


def _sqlite_path(alias: str) -> str:
    return str(connections[alias].settings_dict["NAME"])
