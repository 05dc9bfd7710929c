"""A project out and in again: equal facts, equal points, equal bytes, and nothing twice."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models

from apps.accounts.models import Scope
from apps.artifacts.queries import files_of
from apps.console.queries import page
from apps.core.ids import from_text
from apps.history.models import HistoryBatch, HistoryRun, Series, SeriesChunk
from apps.history.queries import heads, run_totals
from apps.reports.models import Report
from apps.runs.filters import parse
from apps.runs.models import MetricDirection, Project, Run, RunValue
from apps.runs.run_table import Chosen, passing_ids
from apps.transfer import facts, importing
from apps.transfer.models import ImportedRun
from tests.factories import ApiClient, api_client, make_project, make_run, make_team, make_user, team_admin
from tests.transfer.histories import expected_rows, log
from tests.transfer.projects import archive_of, full_project, lines_of, manifest_of, members_of

pytestmark = pytest.mark.django_db(transaction=True)

OF_THIS_SITE = {"id", "created_by"}


def send(archive: bytes, project: str, client: ApiClient) -> Any:
    return client.generic("POST", f"/api/v1/projects/{project}/import/", archive, content_type="application/zip")


def series_rows() -> int:
    return sum(model.objects.count() for model in (HistoryBatch, HistoryRun, Series, SeriesChunk))


@pytest.fixture
def project() -> Project:
    return full_project()


@pytest.fixture
def archive(project: Project) -> bytes:
    return archive_of(project)


@pytest.fixture
def elsewhere() -> Project:
    return make_project(slug="elsewhere")


def test_what_was_exported_comes_back_and_leaves_again_as_the_same_bytes(project, archive, elsewhere):
    answer = send(archive, str(elsewhere), api_client(team_admin(elsewhere)))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert {name: body[name] for name in ("runs", "there", "points", "series", "lines", "files", "reports")} == {
        "runs": 3,
        "there": 0,
        "points": 4_017,
        "series": 5,
        "lines": 3,
        "files": 3,
        "reports": 1,
    }
    again = archive_of(elsewhere)
    before, after = members_of(archive), members_of(again)
    assert before.keys() == after.keys()
    for name in before:
        if name.startswith(("history/", "console/", "tables/", "files/")):
            assert before[name] == after[name]
    for was, now in zip(lines_of(archive), lines_of(again), strict=True):
        assert body["ids"][was["id"]] == now["id"] != was["id"]
        assert {name: was[name] for name in was.keys() - OF_THIS_SITE} == {
            name: now[name] for name in now.keys() - OF_THIS_SITE
        }
    assert manifest_of(archive)["counts"] == manifest_of(again)["counts"]
    run = Run.objects.get(project=elsewhere, client_id="abc")
    assert expected_rows(run, "loss", "odd/ü")
    assert [line.text for line in page(run.id, start=1, limit=9).lines] == [
        "epoch 1",
        "\x1b[32mgood\x1b[0m",
        "epoch 2 — ü",
    ]
    assert [(file.path, file.size) for file in files_of(run)] == [("empty", 0), ("models/ü.bin", 256)]
    assert heads([run.id])[run.id]["loss"].superseded == 1_000
    assert passing_ids(elsewhere, Chosen(parse('class_["=9"].recall == 0.25'))) == [run.id]
    assert passing_ids(elsewhere, Chosen(parse('2.66 < cost["val/ü"] < 2.67'))) == [run.id]  # 2 × 8 of 6 examples


def test_the_archive_holds_everything_and_its_sums(project, archive):
    manifest = manifest_of(archive)
    assert (manifest["format"], manifest["version"]) == ("paceline-project", 1)
    assert manifest["counts"] == {
        "runs": 3,
        "points": 4_017,
        "series": 5,
        "lines": 3,
        "files": 3,
        "reports": 1,
        "revisions": 0,
        "comments": 0,
        "panels": 0,
    }
    assert manifest["project"]["description"] == "Digits, again"
    assert manifest["project"]["directions"] == {"loss": "min"}
    assert manifest["project"]["costs"] == {"default": 2, "actual": {"=9": 4}, "pairs": [["8 <ü>", "=9", 8]]}
    assert set(members_of(archive)) == {*manifest["files"], "manifest.json"}
    first = lines_of(archive)[0]
    assert first["config"] == {"lr": 0.1, "deep": {"x": [1, None, "NaN"]}}
    assert [attempt["number"] for attempt in first["attempts"]] == [1, 2, 3]
    assert first["created_at"] == "2024-02-29T12:00:00.123456+00:00"
    assert lines_of(archive)[2]["history"] is None
    assert archive_of(project) == archive


def test_every_field_of_a_run_is_in_the_archive():
    """A new field must be exported, or named in facts.ELSEWHERE with a reason to leave it out."""
    known = {*facts.TEXTS, *facts.DOCUMENTS, *facts.TIMES, *facts.OPTIONAL_TIMES, *facts.NUMBERS, *facts.ELSEWHERE}
    assert {field.name for field in Run._meta.get_fields() if isinstance(field, models.Field)} == known


def test_reports_name_the_new_runs(project, archive, elsewhere):
    ids = send(archive, str(elsewhere), api_client(team_admin(elsewhere))).json()["ids"]
    was, now = Report.objects.get(project=project), Report.objects.get(project=elsewhere)
    assert (now.title, now.created_at, now.revision) == (was.title, was.created_at, was.revision)
    text = was.markdown
    for source, here in ids.items():
        text = text.replace(source, here)
    assert now.markdown == text != was.markdown


def test_directions_and_values_for_filters_come_too(archive, elsewhere):
    send(archive, str(elsewhere), api_client(team_admin(elsewhere)))
    assert MetricDirection.objects.get(project=elsewhere).direction == "min"
    values = RunValue.objects.filter(run__project=elsewhere, run__client_id="abc")
    names = set(values.values_list("key__namespace", "key__name"))
    assert {("config", "lr"), ("summary", "acc"), ("tag", "ü"), ("metric.max", "loss")} <= names


def test_an_import_that_is_repeated_brings_nothing_twice(project, archive, elsewhere):
    client = api_client(team_admin(elsewhere))
    first = send(archive, str(elsewhere), client).json()
    rows = series_rows()
    again = send(archive, str(elsewhere), client)
    assert (again.status_code, again.json()["runs"], again.json()["there"], again.json()["reports"]) == (200, 0, 3, 0)
    assert again.json()["ids"] == first["ids"]
    log(make_run(project, name="fourth"), {"loss": [1.0]})
    more = send(archive_of(project), str(elsewhere), client).json()
    assert (more["runs"], more["there"], more["points"]) == (1, 3, 1)
    assert Run.objects.filter(project=elsewhere).count() == 4
    assert series_rows() > rows
    assert send(archive, str(project), api_client(team_admin(project))).json()["there"] == 3  # its own runs


def test_an_import_goes_into_a_new_project_and_into_one_with_other_runs(archive):
    owner = make_user()
    team = make_team("makers", admin=owner)
    assert send(archive, "makers/new", api_client(owner)).status_code == 201
    assert Project.objects.get(slug="new").visibility == "private"
    other = make_project(team)
    make_run(other)
    assert send(archive, str(other), api_client(owner)).json()["runs"] == 3


def test_a_client_id_of_another_run_refuses_all(archive, elsewhere):
    make_run(elsewhere, client_id="abc")
    answer = send(archive, str(elsewhere), api_client(team_admin(elsewhere)))
    assert (answer.status_code, answer.json()["code"]) == (409, "client_id_taken")
    assert Run.objects.filter(project=elsewhere).count() == 1
    assert not ImportedRun.objects.exists()


def test_what_goes_wrong_on_the_way_leaves_nothing(archive, monkeypatch):
    owner = make_user()
    make_team("makers", admin=owner)
    rows = series_rows()
    bring = importing.bring_run

    def broken(**facts):
        if facts["name"] == "second":
            raise RuntimeError("the disk is full")
        return bring(**facts)

    monkeypatch.setattr(importing, "bring_run", broken)
    with pytest.raises(RuntimeError):
        send(archive, "makers/new", api_client(owner))
    assert series_rows() == rows
    assert not ImportedRun.objects.exists()
    assert not Project.objects.filter(slug="new").exists()
    monkeypatch.setattr(importing, "bring_run", bring)
    assert send(archive, "makers/new", api_client(owner)).json()["points"] == 4_017


def test_an_import_that_was_killed_is_seen_by_nobody_and_goes_on(archive, elsewhere, monkeypatch):
    client = api_client(team_admin(elsewhere))
    make = importing._make_runs
    monkeypatch.setattr(importing, "_make_runs", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        send(archive, str(elsewhere), client)
    monkeypatch.setattr(importing, "_make_runs", make)
    assert not Run.objects.filter(project=elsewhere).exists()
    stored = {row.run_id for row in ImportedRun.objects.all()}
    assert sum(run_totals(list(stored)).values()) == 4_017
    refused = send(archive, str(elsewhere), client)
    assert (refused.status_code, refused.json()["code"]) == (503, "import_under_way")
    ImportedRun.objects.update(touched_at="2024-01-01T00:00:00Z")
    answer = send(archive, str(elsewhere), client)
    assert answer.status_code == 201
    assert {from_text(run_id) for run_id in answer.json()["ids"].values()} == stored
    assert sum(run_totals(list(stored)).values()) == 4_017


def test_commands_do_the_same(project, tmp_path):
    make_team("makers", admin=make_user("maker"))
    file = tmp_path / "digits.zip"
    call_command("export_project", str(project), str(file), stdout=io.StringIO())
    assert file.read_bytes() == archive_of(project)
    said = io.StringIO()
    call_command("import_project", str(file), "makers/digits", stdout=said)
    assert "makers/digits: 3 runs with 4,017 points in 5 series, 3 lines of output, 3 files, " in said.getvalue()
    assert "0 panels, 1 reports, 0 revisions" in said.getvalue()
    assert Run.objects.filter(project__team__slug="makers", created_by__username="maker").count() == 3
    for arguments in (
        ["export_project", "no/project", str(file)],
        ["import_project", str(file), "nobody/x"],
        ["import_project", str(tmp_path / "missing"), "makers/x"],
    ):
        with pytest.raises(CommandError):
            call_command(*arguments, stdout=io.StringIO())
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_is_a_file_to_save_for_those_who_may_read(project):
    path = f"/api/v1/projects/{project}/export/"
    answer = api_client(team_admin(project), Scope.READ).get(path)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="{project.team.slug}-{project.slug}.zip"'
    assert answer.getvalue() == archive_of(project)
    assert api_client(make_user()).get(path).status_code == 404
    assert ApiClient().get(path).status_code == 401


def test_who_may_not_write_may_not_import(archive, elsewhere):
    assert send(archive, str(elsewhere), api_client(make_user())).status_code == 404
    assert send(archive, str(elsewhere), api_client(team_admin(elsewhere), Scope.READ)).status_code == 403
    assert send(archive, str(elsewhere), ApiClient()).status_code == 401
    viewer = make_user()
    elsewhere.team.memberships.create(user=viewer, role="viewer")
    assert send(archive, str(elsewhere), api_client(viewer)).status_code == 404
    assert not Run.objects.filter(project=elsewhere).exists()
