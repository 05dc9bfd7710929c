"""One comment on a pull request for each report: found by its marker, edited in place, touched only when it changes."""

from __future__ import annotations

import enum
from collections.abc import Callable

from paceline.pulls.bodies import report_of, same, shortened, unshared, version_of
from paceline.pulls.hosts import Host, Pull
from paceline.pulls.jobs import Job
from paceline.pulls.rest import HostError, NotAllowed


class Kept(enum.Enum):
    """What became of the comment, in words."""

    CREATED = "commented"
    EDITED = "comment edited"
    UNCHANGED = "the comment says this already"
    NEWER = "the comment shows a newer version already, and stays"
    OVERTAKEN = "the pull request has a newer commit, whose job speaks for it"
    NOWHERE = "no open pull request has this job's commit as its newest"


def pull_of(host: Host, job: Job) -> Pull | None:
    """The job's open pull request, by its number or by the commit; None when there is none. Raises HostError."""
    try:
        if job.number:
            return host.pull(job.number)
        return next(host.pulls_at(job.commit), None) if job.commit else None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise HostError("it answers, but not as such a host does; check the address") from None


def overtaken(job: Job, pull: Pull) -> bool:
    """Whether the pull request has a newer commit than the job's: then the job of that one speaks."""
    return bool(job.commit and pull.head and job.commit != pull.head)


def keep_comment(host: Host, job: Job, body: str, url: str, share: Callable[[], str] | None = None) -> Kept:
    """Write the body into the report's one comment on the job's pull request. Raises HostError.

    url: of the version. share: makes a link to it for everybody, which then stands in the comment; one that stands
    there already is kept. Done again, it finds what the time before it left.
    """
    pull = pull_of(host, job)
    if pull is None:
        return Kept.NOWHERE
    if overtaken(job, pull):
        return Kept.OVERTAKEN
    report, n = report_of(body), version_of(body)
    body = shortened(host.worded(body), host.longest, url)
    for comment in host.comments(pull):
        if report_of(comment.body) != report or not host.wrote(comment):
            continue
        if version_of(comment.body) > n:
            return Kept.NEWER
        stored = unshared(comment.body, url) if share else comment.body
        if same(stored, body) and (share is None or stored != comment.body):
            return Kept.UNCHANGED
        try:
            host.edit(comment, _with_link(body, url, share))
        except NotAllowed:  # another robot's, or gone since
            continue
        return Kept.EDITED
    host.create(pull, _with_link(body, url, share))
    return Kept.CREATED


def _with_link(body: str, url: str, share: Callable[[], str] | None) -> str:
    return body.replace(url, share()) if share else body
