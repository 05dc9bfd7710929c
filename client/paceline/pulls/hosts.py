"""GitHub, GitLab and Gitea: their pull requests and the comments on them."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from paceline.pulls.jobs import GITEA, GITHUB, GITLAB, Job
from paceline.pulls.rest import NotAllowed, Rest, WrongToken

ROBOTS = ("gitea-actions", "forgejo-actions")  # whose the automatic tokens of Gitea and Forgejo are


class Pull(NamedTuple):
    """head: its newest commit. url: of its page."""

    number: int
    head: str
    url: str


class Comment(NamedTuple):
    """place: where it is edited. author: as the host names whoever wrote it. robot: whether that is no person."""

    place: str
    body: str
    author: str
    robot: bool


class Host(abc.ABC):
    """One host, with the token of a job. longest: the characters that a comment may have. All raise HostError."""

    longest = 65_536

    def __init__(self, job: Job, rest: Rest) -> None:
        self.rest = rest
        self._repository = quote(job.repository, safe="/")
        self._me: str | None = None

    @abc.abstractmethod
    def pull(self, number: int) -> Pull: ...

    @abc.abstractmethod
    def pulls_at(self, commit: str) -> Iterator[Pull]:
        """The open pull requests whose newest commit this is."""

    @abc.abstractmethod
    def comments(self, pull: Pull) -> Iterator[Comment]:
        """All of them, the oldest first."""

    @abc.abstractmethod
    def create(self, pull: Pull, body: str) -> None: ...

    @abc.abstractmethod
    def edit(self, comment: Comment, body: str) -> None: ...

    def close(self) -> None:
        self.rest.close()

    def worded(self, body: str) -> str:
        """The body as the host reads it as mere text."""
        return body

    def wrote(self, comment: Comment) -> bool:
        """Whether the token's owner wrote it. What others wrote they could change back, whatever may be edited."""
        if self._me is None:
            try:
                self._me = self._named(self.rest.get("user"))
            except (NotAllowed, WrongToken):  # the automatic token of a job may not ask who it is
                self._me = ""
        return comment.author == self._me if self._me else comment.robot

    def _named(self, user: Any) -> str:
        return str(user.get("login") or "") if isinstance(user, dict) else ""


class GitHub(Host):
    """GitHub's REST API, version 2022-11-28."""

    def __init__(self, job: Job) -> None:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {job.token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        super().__init__(job, Rest(job.api, job.token, headers))

    def pull(self, number: int) -> Pull:
        return _pull(self.rest.get(f"repos/{self._repository}/pulls/{number}"))

    def pulls_at(self, commit: str) -> Iterator[Pull]:
        for one in self.rest.pages(f"repos/{self._repository}/commits/{quote(commit)}/pulls?per_page=100"):
            found = _pull(one)
            if one.get("state") == "open" and found.head == commit:
                yield found

    def comments(self, pull: Pull) -> Iterator[Comment]:
        for one in self.rest.pages(f"repos/{self._repository}/issues/{pull.number}/comments?per_page=100"):
            user = one.get("user") or {}
            robot = user.get("type") == "Bot"
            place = f"repos/{self._repository}/issues/comments/{int(one['id'])}"
            yield Comment(place, str(one.get("body") or ""), self._named(user), robot)

    def create(self, pull: Pull, body: str) -> None:
        self.rest.send("POST", f"repos/{self._repository}/issues/{pull.number}/comments", {"body": body})

    def edit(self, comment: Comment, body: str) -> None:
        self.rest.send("PATCH", comment.place, {"body": body})


class Gitea(GitHub):
    """Gitea's and Forgejo's API, version 1: GitHub's addresses. It gives all comments at once."""

    def __init__(self, job: Job) -> None:
        headers = {"Accept": "application/json", "Authorization": f"token {job.token}"}
        Host.__init__(self, job, Rest(job.api, job.token, headers))

    def pulls_at(self, commit: str) -> Iterator[Pull]:
        for one in self.rest.pages(f"repos/{self._repository}/pulls?state=open&limit=50"):
            found = _pull(one)
            if found.head == commit:
                yield found

    def comments(self, pull: Pull) -> Iterator[Comment]:
        for one in super().comments(pull):
            yield one._replace(robot=one.author in ROBOTS)


class GitLab(Host):
    """GitLab's REST API, version 4. Pull requests are merge requests there, comments notes."""

    longest = 1_000_000

    def __init__(self, job: Job) -> None:
        headers = {"Accept": "application/json", "PRIVATE-TOKEN": job.token}
        super().__init__(job, Rest(job.api, job.token, headers))
        self._project = f"projects/{quote(job.repository, safe='')}"

    def pull(self, number: int) -> Pull:
        return self._merge_request(self.rest.get(f"{self._project}/merge_requests/{number}"))

    def pulls_at(self, commit: str) -> Iterator[Pull]:
        of_commit = f"{self._project}/repository/commits/{quote(commit)}/merge_requests"
        for one in self.rest.pages(f"{of_commit}?state=opened&per_page=100"):
            found = self._merge_request(one)
            if one.get("state") == "opened" and found.head == commit:
                yield found

    def comments(self, pull: Pull) -> Iterator[Comment]:
        notes = f"{self._project}/merge_requests/{pull.number}/notes"
        for one in self.rest.pages(f"{notes}?per_page=100&sort=asc&order_by=created_at"):
            if not one.get("system"):
                place, author = f"{notes}/{int(one['id'])}", self._named(one.get("author"))
                yield Comment(place, str(one.get("body") or ""), author, robot=False)

    def create(self, pull: Pull, body: str) -> None:
        self.rest.send("POST", f"{self._project}/merge_requests/{pull.number}/notes", {"body": body})

    def edit(self, comment: Comment, body: str) -> None:
        self.rest.send("PUT", comment.place, {"body": body})

    def worded(self, body: str) -> str:
        """Without quick actions: a line that begins with /close would close the merge request."""
        return re.sub(r"^([ \t]*)/(?=[A-Za-z])", r"\1\\/", body, flags=re.MULTILINE)

    def _named(self, user: Any) -> str:
        return str(user.get("username") or "") if isinstance(user, dict) else ""

    def _merge_request(self, found: Any) -> Pull:
        return Pull(int(found["iid"]), str(found.get("sha") or ""), str(found.get("web_url") or ""))


def host_of(job: Job) -> Host:
    """The host of a job. Raises NotAllowed where its token may not be sent."""
    hosts: dict[str, type[GitHub | GitLab]] = {GITHUB: GitHub, GITEA: Gitea, GITLAB: GitLab}
    return hosts[job.host](job)


def _pull(found: Any) -> Pull:
    head = found.get("head") or {}
    return Pull(int(found["number"]), str(head.get("sha") or ""), str(found.get("html_url") or ""))
