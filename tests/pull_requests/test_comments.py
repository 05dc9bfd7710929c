"""One comment on the pull request of a CI job, on hosts that keep their documented rules."""

import re
from pathlib import Path

import pytest
from paceline.pulls.bodies import marked, shortened
from paceline.pulls.delivery import Told, is_overtaken, tell
from paceline.pulls.jobs import Job, this_job
from paceline.pulls.summaries import LARGEST_SUMMARY
from paceline.reports import Published

from tests.pull_requests.ci import HEAD, PERSON, READS, WRONG, environment, kind_of, robot, stocked
from tests.pull_requests.host import Host, Pull, Token, running

REPORT = "3kf0m8w2c9a1b"
OLDER, NEWER = "b" * 40, "c" * 40


class Jobs:
    """Jobs that tell a version of the report, one after another; what the last one said."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        self.said: list[str] = []

    def job(self, host: Host, **about: str | bool) -> Job:
        for name, value in environment(host, self._folder, **about).items():  # type: ignore[arg-type]
            self._monkeypatch.setenv(name, value)
        found = this_job()
        assert found is not None
        return found

    def tell(self, host: Host, text: str = "", n: int = 1, wait: float = 5.0, **about: str | bool) -> Told:
        published = Published(REPORT, n, f"https://paceline.test/r/{REPORT}/{n}/")
        self.said = []
        return tell(self.job(host, **about), text or text_of(n), published, wait, self.said.append)

    @property
    def words(self) -> str:
        return "\n".join(self.said)

    def elsewhere(self) -> str:
        """What the summary and the output hold."""
        path = self._folder / "summary.md"
        return (path.read_text() if path.exists() else "") + self._capsys.readouterr().out


def text_of(n: int) -> str:
    return f"<!-- paceline-report:{REPORT} -->\n**Better.** As of version {n}.\n"


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Jobs:
    for name in ("GITHUB_API_URL", "CI_API_V4_URL", "GITHUB_STEP_SUMMARY", "PACELINE_PR_TOKEN", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return Jobs(tmp_path, monkeypatch, capsys)


def test_a_second_push_edits_the_one_comment(host: Host, jobs: Jobs) -> None:
    assert jobs.tell(host, n=1) is Told.COMMENTED
    assert jobs.tell(host, n=2) is Told.COMMENTED
    (body,) = host.bodies()
    assert body.startswith(f"<!-- paceline-report:{REPORT} -->\n<!-- paceline-version:2 -->\n**Better.**")
    assert [line.partition(" ")[0] for line in host.writes] == ["POST", "PUT" if kind_of(host) == "GitLab" else "PATCH"]
    assert jobs.elsewhere() == ""


def test_what_the_comment_says_already_is_not_sent_again(host: Host, jobs: Jobs) -> None:
    jobs.tell(host)
    host.comments[0].body = host.comments[0].body.replace("\n", "\r\n").rstrip()  # as hosts may give it back
    assert jobs.tell(host) is Told.COMMENTED
    assert len(host.writes) == 1
    assert "says this already" in jobs.words


def test_the_comment_is_found_behind_pages_of_others(host: Host, jobs: Jobs) -> None:
    for number in range(130):
        host.say(7, "anna", f"Comment {number}")
    jobs.tell(host, n=1)
    for number in range(130):
        host.say(7, "anna", f"Answer {number}", system=kind_of(host) == "GitLab")
    jobs.tell(host, n=2)
    ours = [one for one in host.comments if one.author == robot(host)]
    assert [one.body.count("version 2") for one in ours] == [1]


def test_what_somebody_else_wrote_is_never_edited(host: Host, jobs: Jobs) -> None:
    planted = host.say(7, "mallory", marked("Everything is fine!", REPORT, 99))
    quoted = host.say(7, robot(host), f"> <!-- paceline-report:{REPORT} -->\nA quote.")
    jobs.tell(host, n=1)
    assert planted.body.endswith("Everything is fine!\n")
    assert quoted.body.endswith("A quote.")
    assert "version 1" in host.bodies()[-1]
    jobs.tell(host, n=2)
    assert len(host.bodies()) == 3
    assert "version 2" in host.bodies()[-1]


def test_a_person_s_token_keeps_the_person_s_comment(host: Host, jobs: Jobs) -> None:
    jobs.tell(host, n=1, token=PERSON)
    jobs.tell(host, n=2, token=PERSON)
    assert [(one.author, "version 2" in one.body) for one in host.comments] == [("anna", True)]


def test_another_report_has_another_comment(host: Host, jobs: Jobs) -> None:
    host.say(7, robot(host), marked("Another report", "5pa4t7x1d2e9f", 3))
    jobs.tell(host)
    assert len(host.bodies()) == 2


def test_a_robot_that_may_not_edit_what_another_robot_wrote_writes_its_own(github: Host, jobs: Jobs) -> None:
    github.say(7, "other[bot]", marked("Of another app", REPORT, 1))
    assert jobs.tell(github, n=2) is Told.COMMENTED
    assert [one.author for one in github.comments] == ["other[bot]", "github-actions[bot]"]


@pytest.mark.parametrize("event", ["pull_request", "push"])
def test_the_pull_request_is_found_by_the_job_or_by_its_commit(host: Host, jobs: Jobs, event: str) -> None:
    others = {number: Pull(number, NEWER, commits=(HEAD,)) for number in range(100, 180)}
    host.pulls = {3: Pull(3, HEAD, open=False), **others, **host.pulls}
    assert jobs.tell(host, event=event) is Told.COMMENTED
    assert [one.pull for one in host.comments] == [7]


def test_a_commit_of_no_open_pull_request_is_told_in_the_summary(host: Host, jobs: Jobs) -> None:
    assert jobs.tell(host, event="push", commit=OLDER) is Told.ELSEWHERE
    assert host.writes == []
    assert "no open pull request" in jobs.words
    assert "**Better.**" in jobs.elsewhere()


def test_a_late_older_job_changes_nothing(host: Host, jobs: Jobs) -> None:
    assert jobs.tell(host, n=2) is Told.COMMENTED
    assert jobs.tell(host, n=1, commit=OLDER) is Told.OVERTAKEN
    assert is_overtaken(jobs.job(host, commit=OLDER))
    assert not is_overtaken(jobs.job(host))
    assert jobs.tell(host, n=1) is Told.COMMENTED  # of this commit, run again
    assert "newer version already" in jobs.words
    (body,) = host.bodies()
    assert "version 2" in body
    assert len(host.writes) == 1


def test_from_a_fork_the_text_goes_to_the_summary(host: Host, jobs: Jobs) -> None:
    assert jobs.tell(host, token=READS, fork=True) is Told.ELSEWHERE
    assert host.bodies() == []
    assert "comes from a fork" in jobs.words
    assert "**Better.** As of version 1." in jobs.elsewhere()


def test_a_job_without_a_token_is_told_which_one_it_needs(host: Host, jobs: Jobs) -> None:
    assert jobs.tell(host, token="") is Told.ELSEWHERE
    assert host.requests == []
    assert re.search(r"It needs .*(GITHUB|GITLAB|GITEA)_TOKEN", jobs.words)


def test_a_hidden_repository_is_told_in_the_summary(host: Host, jobs: Jobs) -> None:
    host.seen = {"anna"}
    assert jobs.tell(host) is Told.ELSEWHERE
    assert "(404)" in jobs.words
    assert "**Better.**" in jobs.elsewhere()


def test_a_wrong_token_is_a_mistake_that_is_said(host: Host, jobs: Jobs) -> None:
    assert jobs.tell(host, token=WRONG) is Told.MISTAKEN
    assert "does not know this token" in jobs.words
    assert WRONG not in jobs.words + jobs.elsewhere()


@pytest.mark.parametrize(("kind", "limit"), [("GitHub", "primary"), ("GitHub", "secondary"), ("GitLab", "")])
def test_a_rate_limit_is_waited_for(jobs: Jobs, kind: str, limit: str) -> None:
    with running(kind) as host:
        stocked(host).limit, host.limited_for = limit, 0.6
        assert jobs.tell(host, wait=10.0) is Told.COMMENTED
        assert host.impatient == 0
    assert "asking again in" in jobs.words


@pytest.mark.parametrize("limit", ["primary", "secondary"])
def test_a_rate_limit_that_takes_too_long_is_not(host: Host, jobs: Jobs, limit: str) -> None:
    host.limit, host.limited_for = limit, 3_000.0
    assert jobs.tell(host) is Told.ELSEWHERE
    assert len(host.requests) == 1
    assert "**Better.**" in jobs.elsewhere()


def test_an_answer_that_is_lost_makes_no_second_comment(github: Host, jobs: Jobs) -> None:
    github.lost = 1
    assert jobs.tell(github) is Told.COMMENTED
    assert len(github.bodies()) == 1
    assert len(github.writes) == 1


def test_a_text_that_is_too_long_is_cut_with_a_link(host: Host, jobs: Jobs) -> None:
    rows = "".join(f"| run {number} | 0.{number} |\n" for number in range(90_000))
    text = f"{text_of(1)}\n<details><summary>All runs</summary>\n\n```\n{rows}```\n</details>\n"
    assert jobs.tell(host, text) is Told.COMMENTED
    (body,) = host.bodies()
    most = 1_000_000 if kind_of(host) == "GitLab" else 65_536
    assert most * 0.95 < len(body) <= most
    assert body.count("```") == 2
    assert body.count("</details>") == 1
    assert body.rstrip().endswith(f"[the whole report](https://paceline.test/r/{REPORT}/1/).*")
    assert jobs.tell(host, text) is Told.COMMENTED
    assert len(host.writes) == 1


def test_a_summary_holds_no_more_than_a_mebibyte(github: Host, jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("what a step before said\n")
    jobs.tell(github, text_of(1) + "ü\n" * 600_000, token=READS)
    path = tmp_path / "summary.md"
    assert LARGEST_SUMMARY * 0.95 < path.stat().st_size <= LARGEST_SUMMARY
    assert path.read_text().startswith("what a step before said\n")


def test_the_token_goes_to_no_other_address(host: Host, jobs: Jobs) -> None:
    with running("GitHub") as elsewhere:
        host.moved = elsewhere.url
        assert jobs.tell(host) is Told.ELSEWHERE
        assert elsewhere.requests == []
    assert "sends us on" in jobs.words


def test_a_token_is_not_sent_over_plain_http(jobs: Jobs, github: Host) -> None:
    job = jobs.job(github)._replace(api="http://git.example.org/api/v1")
    published = Published(REPORT, 1, "https://paceline.test/")
    assert tell(job, text_of(1), published, 0.0, jobs.said.append) is Told.ELSEWHERE
    assert "is not https" in jobs.words


def test_a_merge_request_is_not_closed_by_what_a_report_says(jobs: Jobs) -> None:
    with running("GitLab") as gitlab:
        gitlab.pulls = {7: Pull(7, HEAD)}
        gitlab.tokens = {"tok_writes": Token("project_42_bot")}
        jobs.tell(gitlab, f"{text_of(1)}\n/close\n  /merge now\n\nor /approve\n")
        assert gitlab.pulls[7].open
        assert "\\/close\n  \\/merge now\n\nor /approve" in gitlab.bodies()[0]


def test_a_runner_takes_no_commands_from_a_report(
    jobs: Jobs, github: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = jobs.job(github, token=READS)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "missing" / "summary.md"))
    published = Published(REPORT, 1, "https://paceline.test/")
    tell(job, "::add-mask::e\n", published, 0.0, jobs.said.append)
    printed = jobs.elsewhere()
    token = re.match(r"::stop-commands::(\w{32})\n", printed)
    assert token
    assert printed.endswith(f"::{token[1]}::\n")


def test_a_text_is_cut_between_its_lines_and_what_is_open_is_closed() -> None:
    assert shortened("short", 10, "u") == "short"
    cut = shortened("a\n~~~~\n" + "b\n" * 900, 1_000, "https://x/")
    assert cut.count("~~~~") == 2
    assert len(cut) <= 1_000
    assert len(shortened("x" * 5_000, 1_000, "https://x/")) <= 1_000
