"""The run table as a file: all pages, its columns, its order, exact values."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import timezone

from apps.runs.models import Project, State
from apps.workspace import table_export
from tests.factories import make_project, make_run, make_user, team_admin
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def file(project: Project, kind: str, **asked: Any) -> bytes:
    client = Client()
    client.force_login(team_admin(project))
    answer = client.get(f"{project.get_absolute_url()}runs/export.{kind}", asked)
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def lines(project: Project, **asked: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file(project, "csv", **asked).decode())))


def test_every_page_comes_in_the_tables_order_with_its_columns(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_export, "AT_ONCE", 3)
    project = make_project()
    for place in range(11):
        make_run(project, name=f"{place:02d}", config={"x": place / 3, "keep": place != 4})
    make_run(project, name="away", config={"x": 1, "keep": True}, archived_at=timezone.now())
    found = lines(project, sort="-config.x", col=["config.x", "tags"], filter="config.keep == 1", rows=25)
    assert found[0] == ["id", "name", "config.x", "tags"]
    assert [line[1] for line in found[1:]] == ["10", "09", "08", "07", "06", "05", "03", "02", "01", "00"]
    assert float(found[1][2]) == 10 / 3
    table = pq.read_table(io.BytesIO(file(project, "parquet", sort="-config.x", col=["config.x", "tags"])))
    assert table.column("name").to_pylist() == [f"{place:02d}" for place in range(10, -1, -1)]
    assert table.column("config.x").to_pylist() == [place / 3 for place in range(10, -1, -1)]


def test_each_kind_of_value_keeps_its_type():
    project = make_project()
    began = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    run = make_run(
        project,
        config={"n": 1, "mixed": 2, "list": [1, "a"], "flag": True},
        tags=["a", "b"],
        notes="two\nlines, and a comma",
        started_at=began,
        finished_at=began.replace(second=35),
        state=State.FINISHED,
    )
    make_run(project, config={"mixed": "text"}, started_at=began)
    settled(run, loss=[0.1, 0.25])
    columns = [
        "metric.loss.last",
        "config.n",
        "config.mixed",
        "config.list",
        "tags",
        "notes",
        "started",
        "took",
        "state",
    ]
    asked = {"col": [*columns, "curve(metric.loss)"], "sort": "-metric.loss.last"}
    table = pq.read_table(io.BytesIO(file(project, "parquet", **asked)))
    assert table.column_names == ["id", "name", *columns[:7], "took (s)", "state"]
    first = table.to_pylist()[0]
    assert first["metric.loss.last"] == 0.25
    assert first["config.n"] == 1.0
    assert first["config.mixed"] == "2"
    assert first["config.list"] == '[1, "a"]'
    assert first["tags"] == ["a", "b"]
    assert first["started"] == began
    assert first["took (s)"] == 30.0
    assert table.to_pylist()[1]["metric.loss.last"] is None
    row = dict(zip(*lines(project, **asked)[:2], strict=True))
    assert row["started"] == "2026-01-02T03:04:05.000+00:00"
    assert row["tags"] == "a, b"
    assert row["notes"] == "two\nlines, and a comma"


def test_a_baseline_adds_its_differences():
    project = make_project()
    base = settled(make_run(project, name="a"), loss=[1.0])
    settled(make_run(project, name="b"), loss=[0.25])
    found = lines(project, col="metric.loss.last", base=base.slug, sort="name")
    assert found[0][2:] == ["metric.loss.last", "metric.loss.last difference"]
    assert [line[2:] for line in found[1:]] == [["1.0", ""], ["0.25", "-0.75"]]


def test_groups_are_written_with_their_spreads(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_export, "GROUPS_AT_ONCE", 2)
    project = make_project()
    for model, acc in (("a", 1.0), ("a", 3.0), ("b", 5.0), ("c", 7.0)):
        settled(make_run(project, config={"model": model}), acc=[acc])
    found = lines(project, group="config.model", col=["metric.acc.last", "tags"], sort="-metric.acc.last")
    parts = [f"metric.acc.last {part}" for part in ("n", "mean", "std", "min", "max")]
    assert found[0] == ["config.model", "runs", *parts]
    assert [line[0] for line in found[1:]] == ["c", "b", "a"]
    assert found[3][1:4] == ["2", "2", "2.0"]
    assert float(found[3][4]) == pytest.approx(2**0.5)


def test_texts_that_a_spreadsheet_would_run_are_texts_in_csv_and_exact_in_parquet():
    evil = '=HYPERLINK("http://x","y")'
    project = make_run(name=evil, tags=["+1"], config={"a": "@b", "n": -1}).project
    asked = {"col": ["tags", "config.a", "config.n"]}
    assert lines(project, **asked)[1][1:] == [f"'{evil}", "'+1", "'@b", "-1.0"]
    table = pq.read_table(io.BytesIO(file(project, "parquet", **asked)))
    assert table.column("name").to_pylist() == [evil]


def test_nothing_is_a_file_with_heads_alone():
    project = make_run(config={"a": 1}).project
    assert lines(project, col="config.a", filter="config.a > 5") == [["id", "name", "config.a"]]
    assert pq.read_table(io.BytesIO(file(project, "parquet", col="config.a", filter="config.a > 5"))).num_rows == 0


def test_what_a_page_would_say_is_refused_for_a_file():
    project = make_run().project
    client = Client()
    client.force_login(team_admin(project))
    path = f"{project.get_absolute_url()}runs/export.csv"
    for wrong in ({"filter": "confg.a"}, {"sort": "state"}, {"col": "<b>"}, {"group": "state"}, {"base": "nonsense"}):
        assert client.get(path, wrong).status_code == 400
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.get(path).status_code == 404
    assert Client().get(path).status_code == 302
