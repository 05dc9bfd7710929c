"""A report that lives in git: its file as the server knows it, pushed and published."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from paceline.code import asked
from paceline.connection import Failure
from paceline.secrets import scrubbed
from paceline.server import Server

MAX_NOTE = 200
POLL_SECONDS = 1.0
STUCK_SECONDS = 600.0  # without a chart more
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#[ \t]+(.+?)[ \t]*#*[ \t]*$")


class Source(NamedTuple):
    """A Markdown file as it is pushed. key: what the server knows it by. note: what the revision says of itself."""

    path: str
    key: str
    title: str
    markdown: str
    note: str


class Published(NamedTuple):
    """A version of a report. url: its own page, for ever."""

    report: str
    n: int
    url: str


class NotPublished(Exception):
    """What the server answers to publishing, or that nothing was published yet; in words."""


def read_source(path: str, *, key: str = "", title: str = "", note: str = "", commit: str = "") -> Source:
    """The file, known by its path in the repository unless a key is given. commit: of the job; git's without one.

    title: its first heading without one. Raises ValueError when it cannot be read as text.
    """
    file = Path(path).expanduser()
    try:
        markdown = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    heading = next((found[1] for _, line in prose(markdown) if (found := _HEADING.match(line))), "")
    return Source(
        path=path,
        key=key or key_of(path),
        title=title or heading or file.stem,
        markdown=markdown,
        note=(note or _note(file, commit))[:MAX_NOTE],
    )


def key_of(path: str) -> str:
    """A file's path in its repository, or its name where there is none: the same in every checkout.

    Git is not asked: images of CI jobs may lack it, and it answers nothing about folders that another user owns.
    """
    file = Path(path).expanduser()
    file = file.parent.resolve() / file.name
    return file.relative_to(root_of(file)).as_posix()


def root_of(file: Path) -> Path:
    """The folder of a file's repository; the file's own where there is none."""
    named = (os.environ.get(name) for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"))  # a checkout may have no .git
    roots = {Path(name).resolve() for name in named if name}
    return next((one for one in file.parents if (one / ".git").exists() or one in roots), file.parent)


def push(server: Server, project: str, source: Source) -> dict[str, Any]:
    """Make the report, or save its next revision; the same text again changes nothing. project: team/project.

    Gives the report as the server answers it. Raises Failure.
    """
    body = {"title": source.title, "markdown": source.markdown, "note": source.note}
    return server.put_body(f"projects/{project}/reports/by-key/", body, quoted=f"{quote(source.key, safe='/')}/")


def publish(server: Server, report: str, revision: int, told: Callable[[int, int], None]) -> Published:
    """Publish a revision and wait for it; told(done, total) hears of its charts. Raises Failure and NotPublished."""
    found = server.post(f"reports/{report}/publish/", {"revision": revision})
    done, seen_at = -1, time.monotonic()
    while found["state"] == "waiting":
        if found["done"] != done:
            done, seen_at = found["done"], time.monotonic()
            told(done, found["total"])
        elif time.monotonic() - seen_at > STUCK_SECONDS:
            raise NotPublished(
                f"The server drew {done} of {found['total']} charts, and none for {STUCK_SECONDS / 60:.0f} minutes. "
                "Is its worker running?"
            )
        time.sleep(POLL_SECONDS)
        found = server.get(f"reports/{report}/publishings/{found['id']}/")
    if found["state"] != "done":
        raise NotPublished(str(found["message"]))
    return _published(report, found["published"])


def newest_published(server: Server, report: str) -> Published:
    """The newest version. Raises Failure, and NotPublished when there is none."""
    versions = server.get(f"reports/{report}/published/")["published"]
    if not versions:
        raise NotPublished("This report was never published: push it with --publish, or publish it on its page.")
    return _published(report, versions[0])


def one_published(server: Server, report: str, n: int) -> Published:
    """That version. Raises Failure, and NotPublished when there is none."""
    for version in server.get(f"reports/{report}/published/")["published"]:
        if version["n"] == n:
            return _published(report, version)
    raise NotPublished(f"This report has no published version {n}.")


def report_of_key(server: Server, project: str, key: str) -> dict[str, Any] | None:
    """The project's report of a key as the server answers it, None when there is none. Raises Failure."""
    try:
        return server.get(f"projects/{project}/reports/by-key/", quoted=f"{quote(key, safe='/')}/")
    except Failure as failure:
        if failure.status == 404:
            return None
        raise


def comment_text(server: Server, published: Published) -> str:
    """What a version says in a pull request, as Markdown. Raises Failure."""
    return server.text(f"reports/{published.report}/published/{published.n}/comment.md")


def share(server: Server, published: Published, days: int, name: str) -> str:
    """A new link by which everybody sees this version, for so many days. Raises Failure."""
    body = {"days": days, "name": name}
    return str(server.post(f"reports/{published.report}/published/{published.n}/shares/", body)["url"])


def _published(report: str, line: dict[str, Any]) -> Published:
    return Published(report, int(line["n"]), str(line["url"]))


def prose(markdown: str) -> Iterator[tuple[int, str]]:
    """The lines outside of fenced blocks with their numbers: in a panel, # begins a comment."""
    fence = ""
    for number, line in enumerate(markdown.splitlines(), start=1):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            yield number, line


def _note(file: Path, commit: str) -> str:
    """The commit with its subject, and whether the file differs from it; "" outside a repository."""
    folder = file.absolute().parent
    commit = commit or asked(folder, "rev-parse", "HEAD")
    if not commit:
        return ""
    subject = asked(folder, "log", "-1", "--format=%s", commit, "--")
    changed = asked(folder, "status", "--porcelain", "--", file.name)
    return scrubbed(f"{commit[:10]}{' with changes since' if changed else ''} {subject}".strip())
