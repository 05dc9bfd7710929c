"""`paceline report`: pushes a Markdown file as a report, publishes it, and keeps its comment on the pull request."""

from __future__ import annotations

import argparse
import functools
import os
import re
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from paceline import notices, reports
from paceline.connection import Away, Failure
from paceline.patience import patiently
from paceline.pulls.delivery import Told, is_overtaken, tell
from paceline.pulls.jobs import Job, this_job
from paceline.pulls.summaries import write_summary
from paceline.report_pictures import send, with_pictures
from paceline.reports import NotPublished, Published, Source
from paceline.server import Server
from paceline.settings import Settings
from paceline.starting import project_address, unsaid

DONE, NOT_DONE, UNKNOWN, NOT_COMMENTED = 0, 1, 3, 4  # exit codes; 2: wrongly called
WAIT_SECONDS = 120.0
SHARED_DAYS = 90
_FROM_A_FORK = "This pull request comes from a fork, whose jobs get no key of Paceline's: the file was not pushed."


def add_report_command(commands: Any) -> None:
    """The parsers of `report push` and `report pr`."""
    report = commands.add_parser("report", help="push a report that lives in git, and tell it in a pull request")
    does = report.add_subparsers(dest="does", required=True, metavar="{push,pr}")
    pushing = does.add_parser("push", help="create the report of a Markdown file, or save its next revision")
    pushing.add_argument("file", metavar="FILE.md")
    pushing.add_argument("--title", default="", help="default: the file's first heading")
    pushing.add_argument("--note", default="", help="what is said of this revision (default: the commit)")
    pushing.add_argument("--publish", action="store_true", help="keep what it shows now, for ever, and print where")
    pushing.add_argument("--strict", action="store_true", help="exit with 1 when a panel block cannot be drawn")
    pushing.add_argument("--pr", action="store_true", help="publish it, and keep the one comment on the pull request")
    telling = does.add_parser("pr", help="keep the one comment about a published report on this job's pull request")
    telling.add_argument("what", metavar="FILE.md|REPORT", help="a pushed file, or a report's id or address")
    telling.add_argument("--version", type=int, default=0, metavar="N", help="default: the newest that is published")
    for command in (pushing, telling):
        command.add_argument("--project", metavar="TEAM/PROJECT", help="default: PACELINE_PROJECT")
        command.add_argument("--key", default="", help="what the server knows the file by (default: its path in git)")
        command.add_argument("--share", action="store_true", help="the comment's link opens for everybody, for 90 days")
        command.add_argument(
            "--require-comment", action="store_true", help="exit with 4 when the pull request cannot be commented"
        )
        command.add_argument(
            "--wait", type=float, default=WAIT_SECONDS, metavar="SECONDS", help="for servers that are busy (120)"
        )
        command.add_argument("--server", help="default: PACELINE_SERVER")
        command.add_argument("--api-key", help="default: PACELINE_API_KEY")


def spelt_out(arguments: Sequence[str]) -> list[str]:
    """`report --pr WHAT` and `report WHAT --pr` as `report pr WHAT`."""
    words = list(arguments)
    if words[:1] == ["report"] and "--pr" in words and words[1] not in ("push", "pr"):
        words.remove("--pr")
        words.insert(1, "pr")
    return words


def report(chosen: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked for; gives the exit code. Raises ValueError when it is wrongly asked for."""
    job = this_job()
    try:
        if chosen.does == "pr":
            return _tell(chosen, settings, job, "")
        if chosen.pr and job is not None and job.fork and not settings.api_key:
            return _tell(chosen, settings, job, _FROM_A_FORK)
        return _push(chosen, settings, job)
    except Away as away:
        notices.say(f"{settings.server} does not answer: {away.message}")
        return UNKNOWN
    except Failure as failure:
        more = [f"{field}: {what}" for field, what in failure.fields.items() if what not in failure.message]
        notices.say("\n".join([failure.message, *more]))
        return NOT_DONE
    except NotPublished as not_published:
        notices.say(str(not_published))
        return NOT_DONE


def _push(chosen: argparse.Namespace, settings: Settings, job: Job | None) -> int:
    source = reports.read_source(
        chosen.file, key=chosen.key, title=chosen.title, note=chosen.note, commit=job.commit if job else ""
    )
    project = _project(chosen, settings)
    missing = unsaid(settings, project.partition("/")[0])
    if missing:
        raise ValueError(f"{missing} missing")
    if chosen.pr and job is not None and is_overtaken(job):
        notices.say(f"Nothing pushed: the pull request has a newer commit than {job.commit[:10]}, whose job does it.")
        return DONE
    source, pictures = with_pictures(source)
    with closing(Server(settings.server, settings.api_key)) as server:
        found = patiently(lambda: reports.push(server, project, source), chosen.wait, notices.say)
        for picture in pictures:
            sent = patiently(functools.partial(send, server, found["id"], picture), chosen.wait, notices.say)
            if sent.problem:
                _mark(source, sent.line, f"The picture {sent.address} is not shown: {sent.problem}", "warning")
        for problem in found["problems"]:
            _mark(source, problem["line"], problem["message"], "error" if chosen.strict else "warning")
        if not chosen.publish and not chosen.pr:
            notices.say(f"Revision {found['revision']} of “{found['title']}”.")
            _print(found["url"])
            return NOT_DONE if found["problems"] and chosen.strict else DONE
        if found["problems"] and chosen.strict:
            notices.say("Not published: a panel block cannot be drawn.")
            return NOT_DONE
        published = patiently(
            lambda: reports.publish(server, found["id"], found["revision"], _say_progress), chosen.wait, notices.say
        )
        notices.say(f"“{found['title']}” is published as version {published.n}.")
        _print(published.url)
        return _told(server, published, chosen, job) if chosen.pr else DONE


def _tell(chosen: argparse.Namespace, settings: Settings, job: Job | None, note: str) -> int:
    """Comment on what is published. note: what the summary says first, where the job could do no more than this."""
    if not settings.server:
        raise ValueError("the server's address (PACELINE_SERVER) missing")
    with closing(Server(settings.server, settings.api_key)) as server:
        try:
            published = patiently(lambda: _wanted(server, chosen, settings), chosen.wait, notices.say)
            return _told(server, published, chosen, job, note)
        except (Failure, NotPublished) as problem:
            if not (job and job.fork) or settings.api_key:
                raise
            why = f"{note or _FROM_A_FORK} Nor can this job read what is published: {problem}"
            where = write_summary(why, settings.server)
            notices.say(f"{why} This is said in {where}.")
            return NOT_COMMENTED if chosen.require_comment else DONE


def _wanted(server: Server, chosen: argparse.Namespace, settings: Settings) -> Published:
    """The version that is meant by a file, an id or an address. Raises Failure, NotPublished and ValueError."""
    what = str(getattr(chosen, "what", "") or chosen.file)
    n = int(getattr(chosen, "version", 0))
    address = re.search(r"/r/([0-9a-z]{13})(?:/(\d{1,9}))?/?(?:[?#]|$)", what)
    if address:
        report, n = address[1], n or int(address[2] or 0)
    elif re.fullmatch(r"[0-9a-z]{13}", what) and not Path(what).exists():
        report = what
    else:
        key = chosen.key or reports.key_of(what)
        found = reports.report_of_key(server, _project(chosen, settings), key)
        if found is None:
            raise NotPublished(f"Nothing was pushed as {key} that this job may read: `paceline report push` does it.")
        _say_differences(what, found)
        report = str(found["id"])
    return reports.one_published(server, report, n) if n else reports.newest_published(server, report)


def _say_differences(path: str, found: dict[str, Any]) -> None:
    """A file of this commit that was not pushed is told by what was."""
    try:
        markdown = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    if with_pictures(Source(path, "", "", markdown, ""))[0].markdown != found["markdown"]:
        notices.warn(f"{path} differs from what was pushed; the comment shows what is published.")


def _told(server: Server, published: Published, chosen: argparse.Namespace, job: Job | None, note: str = "") -> int:
    text = patiently(lambda: reports.comment_text(server, published), chosen.wait, notices.say)
    if note:
        note += " This is what was published last."
        notices.say(note)
    link = functools.cache(lambda: reports.share(server, published, SHARED_DAYS, "In the pull request"))
    told = tell(
        job,
        text,
        published,
        chosen.wait,
        notices.say,
        note=f"{note} " if note else "",
        share=link if chosen.share else None,
    )
    if told is Told.MISTAKEN or (told is Told.ELSEWHERE and chosen.require_comment):
        return NOT_COMMENTED
    return DONE


def _project(chosen: argparse.Namespace, settings: Settings) -> str:
    if not chosen.project and not settings.project:
        raise ValueError("which project? Say --project team/project, or set PACELINE_PROJECT")
    return "/".join(project_address(chosen.project, settings))


def _mark(source: Source, line: int, message: str, kind: str) -> None:
    """Say what is wrong with a line; a runner of GitHub's kind shows it beside the line in the pull request."""
    message = " ".join(message.split())
    notices.say(f"{source.path}:{line}: {message}")
    if os.environ.get("GITHUB_ACTIONS"):
        path = source.path.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
        _print(f"::{kind} file={path},line={line}::{message.replace('%', '%25')}")


def _say_progress(done: int, total: int) -> None:
    notices.say(f"{done} of {total} charts are drawn.")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
