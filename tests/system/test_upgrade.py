"""Up and down by one release with data in the tables, on both databases, by `manage.py migrate` as a host runs it.

BEFORE names the last migration of each app in the release before this one; after a release, write down its own.
"""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.services.keeper import ROOT

BEFORE = {  # apps without an entry are new since then
    "accounts": "0001",
    "history": "0003",
    "reports": "0001",
    "runs": "0001",
}
ROWS = {  # of the release before, in its columns, in an order that foreign keys allow
    "accounts_user": {
        "id": 7,
        "password": "!",
        "is_superuser": True,
        "username": "ada",
        "first_name": "",
        "last_name": "",
        "email": "",
        "is_staff": False,
        "is_active": True,
        "date_joined": "2026-01-01 00:00:00+00:00",
    },
    "accounts_team": {"id": 7, "slug": "vision", "name": "Vision", "created_at": "2026-01-01 00:00:00+00:00"},
    "accounts_membership": {"id": 7, "role": "admin", "team_id": 7, "user_id": 7},
    "runs_project": {
        "id": 7,
        "slug": "digits",
        "name": "Digits",
        "description": "",
        "visibility": "team",
        "created_at": "2026-01-01 00:00:00+00:00",
        "team_id": 7,
    },
    "runs_run": {
        "id": 2**62,
        "client_id": "seed-1",
        "name": "first",
        "group": "",
        "job_type": "",
        "tags": '["keep"]',
        "notes": "",
        "state": "finished",
        "exit_message": "",
        "config": '{"lr": 0.1}',
        "summary": '{"acc": 0.9}',
        "provenance": "{}",
        "attempt": 1,
        "created_at": "2026-01-01 00:00:00+00:00",
        "started_at": "2026-01-01 00:00:00+00:00",
        "heartbeat_at": "2026-01-01 00:00:00+00:00",
        "lost_points": 0,
        "project_id": 7,
        "created_by_id": 7,
    },
    "runs_attempt": {"id": 7, "number": 1, "started_at": "2026-01-01 00:00:00+00:00", "run_id": 2**62},
    "history_run": {"run_id": 2**62, "version": 3, "points": 10},
    "history_batch": {
        "run_id": 2**62,
        "attempt": 1,
        "writer": "w",
        "seq": 4,
        "points": 5,
        "digest": b"\x01" * 16,
        "payload": b"\x02" * 64,
    },
}
pytestmark = pytest.mark.timeout(400)


class Database:
    """A database of its own that migrations are run on."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.file = folder / "paceline.sqlite3"
        names = ("DATABASE_URL", "SERIES_DATABASE_URL", "REDIS_URL", "PACELINE_URL")
        self.environment = {name: value for name, value in os.environ.items() if name not in names}
        self.environment |= {"DJANGO_SETTINGS_MODULE": "tracker_site.settings", "PACELINE_DATA": str(folder)}
        self.environment |= {"DATABASE_URL": url} if url else {}

    def migrate(self, *targets: str) -> None:
        """To the newest state, or to the named migrations ("app name"), in one process."""
        script = "import django; django.setup(); from django.core.management import call_command\n"
        script += "\n".join(f"call_command('migrate', *{target.split()!r}, verbosity=0)" for target in targets or [""])
        ended = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr

    def insert(self, table: str, row: dict[str, object]) -> None:
        columns = ", ".join(f'"{name}"' for name in row)
        self._run(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(["%s"] * len(row))})', list(row.values()))

    def row(self, table: str, like: dict[str, object]) -> dict[str, object]:
        """The only row of a table, as text, in the columns of another."""
        columns = ", ".join(f'CAST("{name}" AS TEXT)' for name in like)
        (found,) = self._run(f'SELECT {columns} FROM "{table}"', [])
        return dict(zip(like, found, strict=True))

    def _run(self, sql: str, values: list[object]) -> list[tuple[object, ...]]:
        if self.url:
            with psycopg.connect(self.url) as connection:
                cursor = connection.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            return connection.execute(sql.replace("%s", "?"), values).fetchall()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Database:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    return Database(tmp_path, url)


def test_a_release_goes_up_down_and_up_again_with_its_data(database):
    before = [f"{app} {name}" for app, name in BEFORE.items()]
    database.migrate("contenttypes", "auth", *before)
    for table, row in ROWS.items():
        database.insert(table, row)
    stored = {table: database.row(table, row) for table, row in ROWS.items()}
    database.migrate()
    assert {table: database.row(table, row) for table, row in ROWS.items()} == stored
    database.migrate(*reversed(newer_apps()), *before)
    assert {table: database.row(table, row) for table, row in ROWS.items()} == stored
    database.migrate()
    assert {table: database.row(table, row) for table, row in ROWS.items()} == stored


def newer_apps() -> list[str]:
    """Down to nothing: apps that came since then, those that others stand on first."""
    order = ("console", "tables", "artifacts", "transfer", "hosting")
    there = [app for app in order if (ROOT / "apps" / app / "migrations" / "0001_initial.py").exists()]
    there += [app for app in ("hosting",) if app not in there]
    return [f"{app} zero" for app in there]
