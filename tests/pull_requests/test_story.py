"""The whole story, from a branch to the comment on its pull request."""

import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.reports.models import Report, Snapshot
from apps.runs.models import Visibility
from tests.factories import make_key, make_project, team_admin
from tests.pull_requests.host import Host
from tests.pull_requests.story.playing import Story
from tracker_site.celery import make_broker_folders


@pytest.mark.django_db(transaction=True)
def test_ten_trainings_a_report_and_its_comment(live_server: LiveServer, github: Host, tmp_path: Path) -> None:
    make_broker_folders()
    project = make_project(visibility=Visibility.PUBLIC)
    story = Story(
        server=live_server.url,
        key=make_key(team_admin(project)),
        project=str(project),
        host=github,
        folder=tmp_path,
        tell=print,
    )
    played = story.play()
    assert played.codes == [0, 0, 0, 0]
    assert project.runs.filter(state="finished").count() == 10
    report = Report.objects.get()
    assert (report.key, report.title, report.revision) == ("reports/rates.md", "A hundredth of the learning rate?", 2)
    assert Snapshot.objects.filter(report=report).count() == 2
    (first,), (second,), *later = played.comments
    assert later == [[second], [second]]
    for n, body in enumerate((first, second), start=1):
        assert body.startswith(f"<!-- paceline-report:{report.slug} -->\n<!-- paceline-version:{n} -->\n")
        assert f"{live_server.url}/r/{report.slug}/{n}/" in body
        assert re.search(r"^\*\*Worse\*\* than the baseline", body, re.MULTILINE)
        assert re.search(r"^\| `lr` +\| `0.1` +\| `0.001` +\|$", body, re.MULTILINE)
    assert [line.partition(" ")[0] for line in github.writes] == ["POST", "PATCH"]
    assert "comes from a fork" in played.summary
    assert "the file was not pushed" in played.summary
    assert re.search(r"^\*\*Worse\*\* than the baseline", played.summary, re.MULTILINE)
    assert f"{live_server.url}/r/{report.slug}/2/" in played.summary
    assert "tok_" not in played.said + played.summary
