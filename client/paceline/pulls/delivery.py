"""A published version told in the pull request of this CI job; where that is not allowed, in the job's summary."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import closing

from paceline.patience import patiently
from paceline.pulls.bodies import marked
from paceline.pulls.comments import Kept, keep_comment, overtaken, pull_of
from paceline.pulls.hosts import host_of
from paceline.pulls.jobs import GITHUB, GITLAB, Job
from paceline.pulls.rest import HostError, NotAllowed, NotNow, WrongToken
from paceline.pulls.summaries import write_summary
from paceline.reports import Published


class Told(enum.Enum):
    """Where it is told. OVERTAKEN: by a newer commit's job. MISTAKEN: elsewhere, until somebody mends something."""

    COMMENTED = "commented"
    OVERTAKEN = "overtaken"
    ELSEWHERE = "elsewhere"
    MISTAKEN = "mistaken"


def is_overtaken(job: Job) -> bool:
    """Whether the job's pull request has a newer commit, as far as the host tells."""
    try:
        with closing(host_of(job)) as host:
            pull = pull_of(host, job)
    except HostError:
        return False
    return pull is not None and overtaken(job, pull)


def tell(
    job: Job | None,
    text: str,
    published: Published,
    seconds: float,
    say: Callable[[str], None],
    *,
    note: str = "",
    share: Callable[[], str] | None = None,
) -> Told:
    """Keep the one comment; where this job can keep none, write the text into its summary, and say why.

    text: of what is published, as the server gives it. seconds: for which a host that is busy is asked again. note:
    what else whoever reads the summary should know. share: as of keep_comment().
    """
    if job is None:
        told, why = Told.ELSEWHERE, "This is no CI job of GitHub, GitLab, Gitea or Forgejo."
    else:
        told, why = _commented(job, marked(text, published.report, published.n), published.url, seconds, say, share)
    if told is Told.COMMENTED:
        say(why)
        return told
    where = write_summary(f"> {note}{why}\n\n{text}" if job else text, published.url)
    say(f"{why} The text is in {where}.")
    return told


def _commented(
    job: Job, body: str, url: str, seconds: float, say: Callable[[str], None], share: Callable[[], str] | None
) -> tuple[Told, str]:
    """What became of it, and why, in a sentence."""
    try:
        with closing(host_of(job)) as host:
            kept = patiently(lambda: keep_comment(host, job, body, url, share), seconds, say)
    except NotAllowed as refused:
        return Told.ELSEWHERE, f"{job.host} does not let this job comment: {refused}. {_advice(job)}"
    except NotNow as later:
        return Told.ELSEWHERE, f"{job.host} does not take the comment now: {later}."
    except WrongToken as wrong:
        return Told.MISTAKEN, f"{job.host} does not know this token: {wrong}."
    except HostError as error:
        return Told.MISTAKEN, f"{job.host} does not take the comment: {error}."
    if share and job.public and kept in (Kept.CREATED, Kept.EDITED):
        say("The repository is public: everybody may open this version by the link in the comment.")
    if kept is Kept.OVERTAKEN:
        return Told.OVERTAKEN, f"{job.host}: {kept.value}."
    return Told.ELSEWHERE if kept is Kept.NOWHERE else Told.COMMENTED, f"{job.host}: {kept.value}."


def _advice(job: Job) -> str:
    """What to do about it."""
    if job.fork:
        return "The pull request comes from a fork, whose jobs get no token that may write."
    if job.host == GITLAB:
        return "It needs GITLAB_TOKEN, a project access token of scope api."
    if job.host == GITHUB:
        return (
            "It needs `permissions: pull-requests: write` and `GITHUB_TOKEN: ${{ github.token }}` in its environment."
        )
    return "It needs GITEA_TOKEN, a token that may write issues."
