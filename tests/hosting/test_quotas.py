"""Quotas of a team: counted, warned of, and kept."""

import io

import pytest
from django.core.management import call_command

from apps.hosting import jobs
from apps.hosting.models import TeamQuota
from apps.runs import grants
from tests.factories import api_client, history_path, make_run, team_admin

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
