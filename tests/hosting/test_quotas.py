"""Quotas of a team: counted, warned of, and kept."""

import gzip
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connections

from apps.artifacts.models import Blob, RunFile
from apps.artifacts.services import delete_file, restore_file
from apps.hosting import jobs, quotas
from apps.hosting.errors import QuotaReached
from apps.hosting.models import TeamQuota
from apps.runs import grants
from tests.artifacts.files import arriving, put, stored_names
from tests.factories import api_client, history_path, make_run, team_admin
from tests.transfer.projects import empty_archive

pytestmark = pytest.mark.django_db(transaction=True)


def send(run, seq: int, points: int = 10):
    grants.forget_run(run.id)
    body = {"writer": "w", "seq": seq, "step": list(range(points)), "values": {"loss": [1.0] * points}}
    return api_client(team_admin(run)).send("POST", history_path(run), body)


def test_points_above_the_quota_are_refused_with_its_name_and_taken_again_after_a_raise(caplog):
    run, other = make_run(), make_run()
    assert send(run, 0).status_code == 200
    TeamQuota.objects.create(team=run.project.team, max_points=20)
    assert send(run, 1).status_code == 200
    jobs.look_after()
    refused = send(run, 2)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_reached")
    assert "stores 20 points; its quota is 20" in refused.json()["message"]
    assert int(refused["Retry-After"]) > 0
    assert "100 %" in caplog.text
    assert send(other, 0).status_code == 200
    TeamQuota.objects.update(max_points=30)
    assert send(run, 2).json() == {"accepted": 10, "duplicate": False, "attempt": 1, "total": 30}


def test_reads_go_on_above_the_quota():
    run = make_run()
    TeamQuota.objects.create(team=run.project.team, max_points=0)
    assert send(run, 0).status_code == 429
    assert api_client(team_admin(run)).get(f"/api/v1/runs/{run.slug}/").status_code == 200


def test_the_command_sets_counts_and_warns():
    run = make_run()
    send(run, 0, points=90)
    out = io.StringIO()
    call_command("quota", run.project.team.slug, "--points", "100", "--file-gb", "1.5", stdout=out)
    assert "90 points of 100" in out.getvalue()
    assert "0 bytes of files of 1,500,000,000" in out.getvalue()
    assert "(90 %)" in out.getvalue()
    call_command("quota", run.project.team.slug, "--points", "-1", stdout=out)
    assert TeamQuota.objects.get().max_points is None


def file_answer(run, path: str, size: int):
    return put(api_client(team_admin(run)), run, path, b"\1" * size)


def test_a_file_larger_than_the_room_left_is_refused_and_nothing_of_it_stored():
    run = make_run()
    TeamQuota.objects.create(team=run.project.team, max_file_bytes=100)
    assert file_answer(run, "a", 60).status_code == 201
    before = stored_names()
    refused = file_answer(run, "b", 41)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_reached")
    assert "stores 60 bytes of files and 41 more came; its quota is 100" in refused.json()["message"]
    assert int(refused["Retry-After"]) > 0
    assert (stored_names(), arriving()) == (before, [])
    assert list(RunFile.objects.values_list("path", flat=True)) == ["a"]
    assert file_answer(run, "b", 40).status_code == 201
    assert file_answer(make_run(), "b", 41).status_code == 201


def test_a_packed_file_is_measured_unpacked():
    run = make_run()
    TeamQuota.objects.create(team=run.project.team, max_file_bytes=1_000)
    packed, before = gzip.compress(b"\0" * 1_001), stored_names()
    refused = put(api_client(team_admin(run)), run, "zeros", packed, Content_Encoding="gzip")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_reached")
    assert (stored_names(), RunFile.objects.count(), Blob.objects.count()) == (before, 0, 0)


def test_above_the_quota_a_file_may_be_sent_again_replaced_by_a_smaller_one_and_deleted():
    run = make_run()
    quota = TeamQuota.objects.create(team=run.project.team, max_file_bytes=100)
    file_answer(run, "a", 100)
    TeamQuota.objects.update(max_file_bytes=50)
    assert file_answer(run, "a", 100).status_code == 200
    assert file_answer(run, "a", 90).status_code == 201
    assert file_answer(run, "a", 91).status_code == 429
    file = delete_file(team_admin(run), run, "a")
    assert file_answer(run, "b", 50).status_code == 201
    with pytest.raises(QuotaReached):
        restore_file(team_admin(run), run, file.id)
    counted_as_stored = TeamQuota.objects.get().file_bytes
    assert (counted_as_stored, quotas.count(quota).file_bytes) == (50, 50)


def test_points_and_files_have_limits_of_their_own():
    run = make_run()
    TeamQuota.objects.create(team=run.project.team, max_points=0, max_file_bytes=10)
    assert send(run, 0).status_code == 429
    assert file_answer(run, "a", 10).status_code == 201
    TeamQuota.objects.update(max_points=1_000)
    assert send(run, 0).status_code == 200
    assert file_answer(run, "b", 1).status_code == 429


def test_above_the_quota_of_points_console_lines_and_imports_wait_too():
    run = make_run()
    client = api_client(team_admin(run))
    TeamQuota.objects.create(team=run.project.team, max_points=0)
    lines = {"writer": "w", "seq": 0, "lines": [{"text": "x"}]}
    refused = client.send("POST", f"/api/v1/runs/{run.slug}/logs/", lines)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_reached")
    assert client.get(f"/api/v1/runs/{run.slug}/logs/").json()["total"] == 0
    refused = client.send("POST", f"/api/v1/projects/{run.project}/import/", empty_archive())
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_reached")


def test_two_uploads_at_once_do_not_share_the_room_that_is_left():
    run = make_run()
    TeamQuota.objects.create(team=run.project.team, max_file_bytes=100)

    def upload(path: str) -> int:
        try:
            return int(file_answer(run, path, 60).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(upload, "abcd")) == [201, 429, 429, 429]
    assert TeamQuota.objects.get().file_bytes == 60
