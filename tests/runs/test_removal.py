"""The end of a run: archived, deleted, and every row of it gone, wherever the removal is killed."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from apps.accounts.models import AuditEvent, Scope
from apps.core import series_sql
from apps.history import jobs as history_jobs
from apps.history import store
from apps.history.batches import Batch, Group
from apps.history.models import HistoryBatch, HistoryMark, HistoryRun, PendingRun, Series, SeriesChunk
from apps.history.services import append_batch
from apps.runs import jobs, removal
from apps.runs.errors import RunNotArchived
from apps.runs.models import Run
from tests.factories import api_client, history_path, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = (HistoryBatch, HistoryMark, HistoryRun, Series, SeriesChunk)


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def send(run: Run, seq: int, points: int = 20_000) -> None:
    at = np.arange(points, dtype=np.int64) + seq * points
    append_batch(
        run_id=run.id, attempt=1, writer="w", seq=seq, batch=Batch([Group(at, at, ["loss"], np.ones((1, points)))])
    )


def filled_run() -> Run:
    """An archived run with chunks, levels and a batch that waits."""
    run = make_run(archived_at=timezone.now())
    send(run, 0)
    history_jobs.settle_run(run.id)
    send(run, 1, 10)
    return run


def rows_of(run: Run) -> int:
    return sum(table.objects.filter(run_id=run.id).count() for table in TABLES)


def later(run: Run) -> None:
    """Let the time pass in which a late writer may come."""
    Run.objects.filter(id=run.id).update(deleted_at=timezone.now() - jobs.WRITES_END_AFTER - timedelta(seconds=1))


def test_a_deleted_run_leaves_nothing_and_its_neighbour_everything():
    run, other = filled_run(), filled_run()
    before = rows_of(other)
    removal.delete_run(run.id)
    later(run)
    assert jobs.remove_deleted_runs() == 1
    assert rows_of(run) == 0
    assert not PendingRun.objects.filter(run_id=run.id).exists()
    assert not Run.objects.filter(id=run.id).exists()
    assert rows_of(other) == before
    removal.delete_run(run.id)  # once more is no error


def test_a_run_is_archived_before_it_is_deleted():
    run = make_run()
    send(run, 0, 5)
    with pytest.raises(RunNotArchived):
        removal.delete_run(run.id)
    assert rows_of(run) == 3  # the batch, its head, the version
    assert Run.objects.get(id=run.id).deleted_at is None


@pytest.mark.parametrize("kept", [1, 2, 3, 5, 8])
def test_a_removal_killed_at_any_statement_goes_on_where_it_was(monkeypatch, kept):
    run = filled_run()
    statements = 0

    def killed_later(sql, parameters) -> None:
        nonlocal statements
        if sql.startswith(("DELETE", "INSERT INTO history_run")):
            statements += 1
            if statements > kept:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(series_sql, "observers", [killed_later])
        with pytest.raises(Killed):
            removal.delete_run(run.id)
    assert rows_of(run) > 0
    later(run)
    jobs.remove_deleted_runs()
    assert rows_of(run) == 0
    assert not Run.objects.filter(id=run.id).exists()


def test_removal_takes_bounded_steps(monkeypatch):
    run = filled_run()
    monkeypatch.setitem(store._KEYS, "series_chunk", (store._KEYS["series_chunk"][0], 2))
    chunks = SeriesChunk.objects.filter(run_id=run.id).count()
    deletes = []
    monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: deletes.append(sql)])
    removal.delete_run(run.id)
    assert sum("series_chunk" in sql for sql in deletes) == chunks // 2 + 1
    assert SeriesChunk.objects.filter(run_id=run.id).count() == 0


def test_a_batch_let_in_before_the_deletion_is_removed_too():
    """Its request had passed the door when the run was deleted, and stored only after the first removal."""
    run = filled_run()
    removal.delete_run(run.id)
    send(run, 2, 10)
    history_jobs.settle_leased(run.id)  # must neither fail nor compact
    assert HistoryBatch.objects.filter(run_id=run.id).count() == 1
    assert Run.objects.filter(id=run.id).exists()
    later(run)
    jobs.remove_deleted_runs()
    assert rows_of(run) == 0


def test_a_compaction_that_began_before_the_deletion_writes_nothing(monkeypatch):
    run = filled_run()
    compute = history_jobs._add
    monkeypatch.setattr(history_jobs, "_add", lambda *arguments: deleted_after(compute, arguments, run, monkeypatch))
    history_jobs.settle_run(run.id)
    assert SeriesChunk.objects.filter(run_id=run.id).count() == 0
    assert Series.objects.filter(run_id=run.id).count() == 0


def deleted_after(compute, arguments, run: Run, monkeypatch):
    computed = compute(*arguments)
    monkeypatch.setattr(history_jobs, "_add", compute)
    removal.delete_run(run.id)
    return computed


def test_what_other_apps_keep_goes_first_and_again(monkeypatch):
    run = filled_run()
    removed: list[int] = []
    monkeypatch.setattr(jobs, "removals", [removed.append])
    removal.delete_run(run.id)
    later(run)
    jobs.remove_deleted_runs()
    assert removed == [run.id, run.id]


def test_over_the_api_a_run_is_archived_restored_and_deleted():
    run = make_run()
    client = api_client(team_admin(run), Scope.ADMIN)
    path = f"/api/v1/runs/{run.slug}/"
    refused = client.send("DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "run_not_archived")
    assert client.send("POST", f"{path}archive/").status_code == 200
    row = {"writer": "w", "seq": 0, "rows": [{"step": 1, "values": {"loss": 1}}]}
    assert client.send("POST", history_path(run), row).json()["code"] == "run_archived"
    assert client.send("POST", f"{path}restore/").status_code == 200
    assert client.send("POST", history_path(run), row).status_code == 200
    client.send("POST", f"{path}archive/")
    assert client.send("DELETE", path).status_code == 204
    assert client.send("GET", path).status_code == 404
    assert client.send("POST", history_path(run), row).status_code == 404
    of_runs = AuditEvent.objects.filter(action__startswith="run.").order_by("id")
    assert list(of_runs.values_list("action", flat=True)) == [
        "run.archived",
        "run.restored",
        "run.archived",
        "run.deleted",
    ]


def test_only_an_admin_key_of_a_member_deletes():
    viewer = make_user()
    run = make_run(archived_at=timezone.now())
    path = f"/api/v1/runs/{run.slug}/"
    run.project.team.memberships.create(user=viewer, role="viewer")
    assert api_client(viewer, Scope.ADMIN).send("DELETE", path).status_code == 404
    assert api_client(team_admin(run), Scope.INGEST).send("DELETE", path).status_code == 403
    make_team("elsewhere", admin=viewer)
    assert api_client(viewer, Scope.ADMIN).send("POST", f"{path}restore/").status_code == 404
    assert Run.objects.get(id=run.id).deleted_at is None
