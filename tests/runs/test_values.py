"""The values index: what of a run it holds, and when."""

import io
import math

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.ids import new_id
from apps.history import jobs
from apps.history.models import PendingRun
from apps.runs.jobs import mark_crashed_runs
from apps.runs.models import Run, RunValue, ValueKey
from apps.runs.services import change_run, create_run, finish_run, settle
from apps.runs.values import refresh_values
from apps.runs.values_flat import MAX_NAMES, indexed_values
from tests.factories import make_project, make_run, team_admin
from tests.runs.trainings import log, settled, stored

pytestmark = pytest.mark.django_db


def test_a_document_is_flattened_into_numbers_and_texts():
    document = {
        "lr": 0.1,
        "optimizer": {"name": "sgd", "nested": {"beta": 2}},
        "amp": True,
        "layers": [64, {"a": "ä"}],
        "none": None,
        "empty": {},
        "nothing": [],
        "huge": 10**400,
        "long": "x" * 600,
        "y" * 501: 1,
    }
    assert indexed_values(document) == {
        "lr": 0.1,
        "optimizer.name": "sgd",
        "optimizer.nested.beta": 2.0,
        "amp": 1.0,
        "layers": '[64, {"a": "ä"}]',
        "nothing": "[]",
        "long": "x" * 500,
    }
    assert len(indexed_values({str(n): n for n in range(5_000)})) == MAX_NAMES


def test_a_run_is_indexed_when_it_is_made_changed_and_resumed():
    project = make_project()
    user = team_admin(project)
    run = create_run(
        user=user,
        project=project,
        client_id="a",
        name="first",
        tags=["baseline"],
        config={"lr": 0.1, "opt": {"name": "sgd"}},
        provenance={"host": "gpu1", "packages": {"torch": "2"}, "diff": "x"},
    ).run
    assert stored(run, "config") == {"lr": 0.1, "opt.name": "sgd"}
    assert stored(run, "tag") == {"baseline": 1.0}
    assert stored(run, "system") == {"host": "gpu1"}
    assert stored(run, "run") == {
        "name": "first",
        "group": "",
        "job_type": "",
        "created": run.created_at.timestamp(),
        "started": run.started_at.timestamp(),
    }
    change_run(run.id, config={"lr": "auto", "opt": None, "new": 1}, summary={"best": 3}, tags=["b"], name="second")
    assert stored(run, "config") == {"lr": "auto", "new": 1.0}
    assert (stored(run, "summary"), stored(run, "tag")) == ({"best": 3.0}, {"b": 1.0})
    assert stored(run, "run")["name"] == "second"
    create_run(user=user, project=project, client_id="a", resume="must", config={"new": 2}, group="g")
    assert (stored(run, "config")["new"], stored(run, "run")["group"]) == (2.0, "g")


def test_a_change_that_fails_changes_no_value():
    run = make_run(config={"lr": 1})
    with pytest.raises(Exception, match="1,048,576"):
        change_run(run.id, config={"lr": 2, "big": "x" * 2**20})
    assert stored(run, "config") == {"lr": 1.0}


def test_metrics_are_indexed_after_compaction_without_what_is_not_finite():
    run = settled(make_run(), val__loss=[3.0, 1.0, 2.0], bad=[math.nan, math.inf, math.nan])
    assert stored(run, "metric.last") == {"val/loss": 2.0}
    assert stored(run, "metric.min") == {"val/loss": 1.0}
    assert stored(run, "metric.max") == {"val/loss": 3.0}
    log(run, 1, val__loss=[0.5, 9.0])
    assert stored(run, "metric.max") == {"val/loss": 3.0}
    jobs.sweep()
    assert stored(run, "metric.max") == {"val/loss": 9.0}
    assert stored(run, "metric.min") == {"val/loss": 0.5}


def test_a_finished_run_is_right_at_once():
    run = make_run()
    log(run, acc=[0.1, 0.9, 0.5])
    finish_run(run.id)
    assert stored(run, "metric.max") == {"acc": 0.9}


def test_a_refresh_writes_only_what_differs():
    run = make_run(config={f"k{n}": n for n in range(50)})
    settled(run, loss=[1.0])
    refresh_values(run.id)
    with CaptureQueriesContext(connection) as queries:
        refresh_values(run.id)
    assert not [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "DELETE", "UPDATE"))]
    Run.objects.filter(id=run.id).update(config={"k1": 1, "k2": "two"})
    with CaptureQueriesContext(connection) as queries:
        refresh_values(run.id)
    writes = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "DELETE", "UPDATE"))]
    assert len(writes) == 2
    assert stored(run, "config") == {"k1": 1.0, "k2": "two"}


def test_many_values_cost_as_many_statements_as_few():
    counts = []
    for size in (2, 60):
        run = make_run()
        with CaptureQueriesContext(connection) as queries:
            change_run(run.id, config={f"k{n}": n for n in range(size)})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_refresh_during_a_compaction_reads_again(monkeypatch):
    run = make_run()
    log(run, loss=[1.0])
    from apps.runs import values

    seen: list[int] = []
    read = values._metric_values

    def slow(run_id):
        found = read(run_id)
        if not seen:
            seen.append(1)
            log(run, 1, loss=[7.0])
            jobs._settle_some(run_id)  # another worker
        return found

    monkeypatch.setattr(values, "_metric_values", slow)
    refresh_values(run.id)
    assert stored(run, "metric.max") == {"loss": 7.0}


def test_what_is_not_there_any_more_needs_no_index():
    refresh_values(new_id())
    jobs.settle_run(new_id())
    run = settled(make_run(config={"a": 1}), loss=[1.0])
    run.delete()
    assert not RunValue.objects.exists()


def test_the_index_can_be_made_anew():
    first, other = make_run(config={"a": 1}), make_run(config={"a": 1})
    settled(first, loss=[1.0])
    RunValue.objects.all().delete()
    said = io.StringIO()
    call_command("reindex_values", str(first.project), stdout=said)
    assert "1 runs are indexed" in said.getvalue()
    assert (stored(first, "config"), stored(first, "metric.last")) == ({"a": 1.0}, {"loss": 1.0})
    assert stored(other, "config") == {}
    ValueKey.objects.all().delete()
    call_command("reindex_values", stdout=said)
    assert (stored(first, "config"), stored(other, "config")) == ({"a": 1.0}, {"a": 1.0})


def test_runs_of_before_the_index_are_found_by_the_sweep():
    """What the migration does: it marks all runs, and the worker's sweep does the rest."""
    run = make_run(config={"a": 1})
    RunValue.objects.all().delete()
    PendingRun.objects.create(run_id=run.id, marked_at="2020-01-01T00:00:00Z")
    jobs.sweep()
    assert stored(run, "config") == {"a": 1.0}
    assert not PendingRun.objects.exists()
    assert mark_crashed_runs() == 0


def test_settling_twice_is_settling_once():
    run = settled(make_run(), loss=[1.0, 2.0])
    settle(run.id)
    assert stored(run, "metric.last") == {"loss": 2.0}
