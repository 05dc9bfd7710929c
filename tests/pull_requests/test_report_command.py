"""`paceline report`: a Markdown file of a repository as a report, from any checkout of it."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from paceline.command import main
from PIL import Image
from pytest_django.live_server_helper import LiveServer

from apps.accounts import services
from apps.accounts.members import make_service_account
from apps.accounts.models import Scope
from apps.reports import jobs
from apps.reports.models import Publishing, Report, ReportImage, Revision, Snapshot
from apps.runs.models import Project, Visibility
from apps.sharing.models import ShareLink
from tests.factories import make_project, team_admin
from tests.pull_requests.ci import HEAD, READS, WRONG, environment
from tests.pull_requests.host import Host
from tests.reports.stories import logged_run, panel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    return make_project(visibility=Visibility.PUBLIC)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with reports/digits.md committed."""
    folder = tmp_path / "checkout"
    (folder / "reports").mkdir(parents=True)
    git(folder, "init", "--quiet")
    write(folder, "# Which rate?\n\nThe lower one.\n", "Try a lower rate")
    return folder


@pytest.fixture(autouse=True)
def settings_of_the_job(
    live_server: LiveServer, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_API_URL", "CI_API_V4_URL", "GITHUB_STEP_SUMMARY", "PACELINE_PR_TOKEN", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PACELINE_CONFIG", str(tmp_path / "no config"))
    monkeypatch.setenv("PACELINE_SERVER", live_server.url)
    monkeypatch.setenv("PACELINE_PROJECT", str(project))
    ci = make_service_account(team=project.team, name="ci", role="member", by=team_admin(project))
    monkeypatch.setenv("PACELINE_API_KEY", services.make_key(user=ci, scope=Scope.INGEST, project=str(project))[1])


def git(folder: Path, *words: str) -> None:
    own = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


def write(folder: Path, markdown: str, subject: str) -> Path:
    path = folder / "reports" / "digits.md"
    path.write_text(markdown)
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", subject)
    return path


def test_a_file_is_one_report_from_every_checkout(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "push", str(checkout / "reports" / "digits.md")]) == 0
    url = capsys.readouterr().out.strip()
    write(checkout, "# Which rate?\n\nThe higher one.\n", "Try a higher rate")
    git(tmp_path, "clone", "--quiet", str(checkout), "fresh")
    monkeypatch.chdir(tmp_path / "fresh" / "reports")
    assert main(["report", "push", "digits.md"]) == 0
    assert main(["report", "push", "digits.md"]) == 0
    report = Report.objects.get()
    assert url.endswith(f"/r/{report.slug}/")
    assert (report.key, report.title, report.revision) == ("reports/digits.md", "Which rate?", 2)
    assert report.markdown == "# Which rate?\n\nThe higher one.\n"
    notes = [note.split(" ", 1)[1] for note in Revision.objects.order_by("n").values_list("note", flat=True)]
    assert notes == ["Try a lower rate", "Try a higher rate"]


def test_what_is_pushed_says_itself_what_it_is_called(checkout: Path) -> None:
    path = checkout / "reports" / "digits.md"
    path.write_text("```panel\n# no heading\n```\n")
    words = ["--key", "pr-7", "--title", "Pull request 7", "--note", "by hand"]
    assert main(["report", "push", str(path), *words]) == 0
    report = Report.objects.get()
    assert (report.key, report.title) == ("pr-7", "Pull request 7")
    assert Revision.objects.get().note == "by hand"
    assert main(["report", "push", str(path)]) == 0
    other = Report.objects.exclude(pk=report.pk).get()
    assert other.title == "digits"
    assert "with changes since" in other.revisions.get().note


def test_it_is_published_and_the_version_s_address_printed(
    project: Project, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = logged_run(project)
    path = write(checkout, f"# Rates\n\n{panel('keys: [val/loss]', f'runs: [{run.slug}]')}", "Panels")
    assert main(["report", "push", str(path), "--publish"]) == 0
    report = Report.objects.get()
    assert capsys.readouterr().out.endswith(f"/r/{report.slug}/1/\n")
    assert main(["report", "push", str(path), "--publish"]) == 0  # nothing new
    assert Snapshot.objects.count() == 1


def test_many_charts_are_waited_for_with_progress(
    project: Project, checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = logged_run(project)
    monkeypatch.setattr("paceline.reports.POLL_SECONDS", 0.05)
    path = write(checkout, f"# Rates\n\n{panel('keys: [val/loss]', f'runs: [{run.slug}]')}\n" * 4, "Panels")

    def work() -> None:
        while not (waiting := Publishing.objects.filter(state="waiting").first()):
            time.sleep(0.05)
        jobs.publish_quietly(waiting.id)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert main(["report", "push", str(path), "--publish"]) == 0
    worker.join()
    said = capsys.readouterr()
    assert re.search(r"\d of 4 charts are drawn", said.err)
    assert said.out.endswith("/1/\n")


def test_pictures_of_the_repository_go_along_and_nothing_from_outside_of_it(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "reports" / "plots").mkdir()
    Image.new("RGB", (4, 3), "red").save(checkout / "reports" / "plots" / "the loss.png")
    (checkout / "reports" / "no.png").write_text("<svg onload=alert(1)>")
    Image.new("RGB", (4, 3), "blue").save(tmp_path / "secret.png")
    text = "![a](plots/the%20loss.png) ![b](no.png)\n![c](../../secret.png)\n\n```\n![d](no.png)\n```\n"
    path = write(checkout, f"# Rates\n\n{text}", "Pictures")
    assert main(["report", "push", str(path)]) == 0
    said = capsys.readouterr()
    report = Report.objects.get()
    (image,) = ReportImage.objects.filter(report=report)
    assert f"![a](image:{image.sha256})" in report.markdown
    assert "```\n![d](no.png)\n```" in report.markdown
    assert f"{path}:3: The picture no.png is not shown: " in said.err
    assert f"{path}:4: The picture ../../secret.png is not shown: it lies outside of the repository" in said.err
    assert main(["report", "push", str(path)]) == 0
    report.refresh_from_db()
    assert (report.revision, ReportImage.objects.count()) == (1, 1)


def test_blocks_that_cannot_be_drawn_are_named_by_their_line(
    project: Project, checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        checkout, f"# Rates\n\n{panel('keys: [nope]', 'runs: []')}\n![a](plots/a.png) ![b](https://x/b)\n", "A"
    )
    assert main(["report", "push", str(path)]) == 0
    said = capsys.readouterr().err
    assert f"{path}:" in said
    assert f"{path}:9: The picture plots/a.png is not shown: No such file" in said
    assert "https://x/b" not in said
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["report", "push", str(path), "--publish", "--strict"]) == 1
    assert re.search(r"^::error file=.*digits\.md,line=\d+::", capsys.readouterr().out, re.MULTILINE)
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["push", "missing.md"], 2, "missing.md cannot be read"),
        (["push", "FILE", "--project", "no/such"], 1, "no"),
        (["push", "FILE", "--key", "../x"], 1, "The key is no path"),
        (["push", "FILE", "--server", "http://127.0.0.1:9", "--wait", "0"], 3, "does not answer"),
        (["pr", "FILE"], 1, "Nothing was pushed as reports/digits.md"),
        (["pr", "0000000000000"], 1, "There is no report 0000000000000"),
    ],
)
def test_what_goes_wrong_is_said_with_an_exit_code(
    checkout: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    words = [str(checkout / "reports" / "digits.md") if word == "FILE" else word for word in words]
    try:
        found = main(["report", *words])
    except SystemExit as ended:
        found = int(str(ended.code))
    assert found == code
    assert said in capsys.readouterr().err


@pytest.fixture
def in_a_job(github: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process a job of pull request 7."""

    def become(**about: str | bool) -> None:
        for name, value in environment(github, tmp_path, **about).items():  # type: ignore[arg-type]
            monkeypatch.setenv(name, value)

    return become


def test_a_job_publishes_the_file_and_comments(
    project: Project, checkout: Path, github: Host, in_a_job: Callable[..., None]
) -> None:
    in_a_job()
    path = str(checkout / "reports" / "digits.md")
    assert main(["report", "push", path, "--pr"]) == 0
    report = Report.objects.get()
    assert report.revisions.get().note == HEAD[:10]
    (body,) = github.bodies()
    assert body.startswith(f"<!-- paceline-report:{report.slug} -->\n<!-- paceline-version:1 -->\n### [Which rate?]")
    for words in (["--pr", path], [report.slug, "--pr"], ["pr", f"https://x/r/{report.slug}/1/"]):
        assert main(["report", *words]) == 0
    assert len(github.writes) == 1


def test_what_was_pushed_and_what_the_commit_holds_may_differ(
    checkout: Path, github: Host, in_a_job: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(checkout / "reports" / "digits.md")
    assert main(["report", "push", path]) == 0
    in_a_job()
    assert main(["report", "--pr", path]) == 1
    assert "was never published" in capsys.readouterr().err
    assert main(["report", "push", path, "--publish"]) == 0
    write(checkout, "# Which rate?\n\nNobody knows.\n", "Doubt")
    assert main(["report", "--pr", path]) == 0
    assert "differs from what was pushed" in capsys.readouterr().err
    assert len(github.bodies()) == 1


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
def test_a_fork_without_a_key_is_told_what_there_is(
    project: Project,
    checkout: Path,
    github: Host,
    in_a_job: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    visibility: str,
) -> None:
    path = str(checkout / "reports" / "digits.md")
    assert main(["report", "push", path, "--publish"]) == 0
    project.visibility = visibility
    project.save()
    in_a_job(token=READS, fork=True)
    monkeypatch.delenv("PACELINE_API_KEY")
    assert main(["report", "push", path, "--pr", "--wait", "0"]) == 0
    assert main(["report", "push", path, "--pr", "--wait", "0", "--require-comment"]) == 4
    summary = (tmp_path / "summary.md").read_text()
    assert "comes from a fork" in summary
    assert ("### [Which rate?]" in summary) is (visibility == Visibility.PUBLIC)
    assert github.writes == []
    assert Report.objects.get().revision == 1


def test_a_late_job_pushes_nothing_over_the_newer_text(
    checkout: Path, github: Host, in_a_job: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    in_a_job(commit="b" * 40)
    assert main(["report", "push", str(checkout / "reports" / "digits.md"), "--pr"]) == 0
    assert "Nothing pushed" in capsys.readouterr().err
    assert not Report.objects.exists()
    assert github.writes == []


def test_a_wrong_token_fails_the_job_and_no_secret_is_printed(
    checkout: Path, in_a_job: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    in_a_job(token=WRONG)
    assert main(["report", "push", str(checkout / "reports" / "digits.md"), "--pr"]) == 4
    said = capsys.readouterr()
    assert "does not know this token" in said.err
    assert WRONG not in said.out + said.err
    assert os.environ["PACELINE_API_KEY"] not in said.out + said.err


def test_a_share_link_stands_in_the_comment_where_it_is_asked_for_and_once(
    checkout: Path, github: Host, in_a_job: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(checkout / "reports" / "digits.md")
    in_a_job(public=True)
    for _ in range(2):
        assert main(["report", "push", path, "--pr", "--share"]) == 0
    assert "The repository is public" in capsys.readouterr().err
    link = ShareLink.objects.get()
    (body,) = github.bodies()
    assert re.search(rf"^\[report\]: http://\S+/s/{link.prefix}\S+/$", body, re.MULTILINE)
    assert "/r/" not in body
    assert len(github.writes) == 1
    assert main(["report", "push", path, "--pr"]) == 0
    assert "/s/" not in github.bodies()[0]
    assert main(["report", "push", path, "--pr", "--share"]) == 0
    assert "/s/" in github.bodies()[0]
    assert len(github.writes) == 3
