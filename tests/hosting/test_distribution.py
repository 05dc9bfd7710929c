"""`manage.py distribute`: the statements it sends, on a cluster that answers as Citus does, and the rules it needs."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from apps.core.planes import series_alias
from apps.hosting import distribution
from apps.hosting.distribution import NoCitus, distribute, series_tables, state


class Cluster:
    """Records statements and keeps a catalogue as Citus 13 does."""

    def __init__(self, *, citus: bool = True, breaks_at: str = "") -> None:
        self.citus = citus
        self.breaks_at = breaks_at
        self.tables: dict[str, tuple[str, int]] = {}
        self.sent: list[tuple[str, tuple[Any, ...]]] = []

    def ask(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if "pg_extension" in sql:
            return [("13.2",)] if self.citus else []
        if "FROM citus_tables" in sql:
            return [(name, *facts) for name, facts in sorted(self.tables.items())]
        self.sent.append((sql, tuple(parameters)))
        table, column, *rest = parameters
        if table == self.breaks_at:
            raise ConnectionError
        assert table not in self.tables
        group = self.tables[rest[0]][1] if "colocate_with => %s" in sql else 1 + len(self.tables)
        self.tables[table] = (column, group)
        return []


@pytest.fixture(autouse=True)
def on_postgresql(monkeypatch):
    monkeypatch.setattr(connections[series_alias()], "vendor", "postgresql")


def test_all_series_tables_are_distributed_by_run_in_one_group():
    cluster = Cluster()
    assert distribute(cluster.ask).distributed == series_tables()
    assert {column for column, _ in cluster.tables.values()} == {"run_id"}
    assert len({group for _, group in cluster.tables.values()}) == 1
    assert cluster.sent[0][1] == (series_tables()[0], "run_id", 64)
    assert "history_batch" in cluster.tables
    assert not {"runs_run", "history_pending_run"} & set(cluster.tables)


def test_a_second_time_nothing_is_sent():
    cluster = Cluster()
    distribute(cluster.ask)
    cluster.sent.clear()
    assert distribute(cluster.ask).local == []
    assert cluster.sent == []


def test_interrupted_it_goes_on_in_the_same_group():
    cluster = Cluster(breaks_at=series_tables()[2])
    with pytest.raises(ConnectionError):
        distribute(cluster.ask)
    assert state(cluster.ask).local == series_tables()[2:]
    cluster.breaks_at = ""
    assert distribute(cluster.ask) == (series_tables(), [], [])
    assert len({group for _, group in cluster.tables.values()}) == 1


def test_writers_go_on_when_asked_for():
    cluster = Cluster()
    distribute(cluster.ask, concurrently=True)
    assert all("create_distributed_table_concurrently(" in sql for sql, _ in cluster.sent)


def test_a_table_distributed_in_another_way_is_named_and_left_alone():
    cluster = Cluster()
    distribute(cluster.ask)
    cluster.tables["series"] = ("key_id", 1)
    cluster.tables["series_chunk"] = ("run_id", 99)
    assert state(cluster.ask).wrong == ["series", "series_chunk"]


def test_without_citus_it_says_what_to_install():
    with pytest.raises(NoCitus, match="CREATE EXTENSION citus"):
        distribute(Cluster(citus=False).ask)


def test_no_other_code_knows_citus():
    from tests.services.keeper import ROOT

    told = {
        str(path.relative_to(ROOT))
        for folder in ("apps", "tracker_site")
        for path in (ROOT / folder).rglob("*.py")
        if "create_distributed" in path.read_text() or "citus_tables" in path.read_text()
    }
    assert told == {"apps/hosting/distribution.py"}


def test_the_system_check_warns_of_local_tables_only_where_citus_is(monkeypatch):
    cluster = Cluster(citus=False)
    monkeypatch.setattr(distribution.state, "__defaults__", (cluster.ask,))
    assert distribution.check_distribution([series_alias()]) == []
    cluster.citus = True
    (warning,) = distribution.check_distribution([series_alias()])
    assert warning.id == "hosting.W001"
    assert "history_batch" in warning.msg
    assert distribution.check_distribution(None) == []
    distribute(cluster.ask)
    assert distribution.check_distribution([series_alias()]) == []


@pytest.mark.django_db
def test_every_rule_holds_in_the_tables_as_they_are(monkeypatch):
    """What create_distributed_table demands: keys that begin with run_id (a bigint), nothing that refers elsewhere."""
    monkeypatch.undo()
    if connections[series_alias()].vendor != "postgresql":
        pytest.skip("is asked of PostgreSQL's catalogue")
    with connections[series_alias()].cursor() as cursor:
        for table in series_tables():
            cursor.execute(
                "SELECT i.indisprimary, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_index i "
                "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
                "WHERE i.indrelid = %s::regclass AND (i.indisunique OR i.indisprimary)",
                (table,),
            )
            keys = cursor.fetchall()
            assert {(name, kind) for _, name, kind in keys} == {("run_id", "bigint")}, table
            assert any(primary for primary, _, _ in keys), table
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND %s::regclass IN (conrelid, confrelid)",
                (table,),
            )
            assert cursor.fetchall() == []
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attidentity <> ''", (table,)
            )
            assert cursor.fetchall() == []
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", (table,))
            assert cursor.fetchall() == []


@pytest.mark.django_db
def test_on_a_plain_database_the_command_refuses_plainly(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(CommandError, match=r"no Citus|not on PostgreSQL"):
        call_command("distribute", "--check")
