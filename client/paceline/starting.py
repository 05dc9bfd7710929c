"""paceline.init() and the run of this process."""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from paceline import exits, notices, provenance
from paceline.runs import Run, new_writer
from paceline.scalars import to_mapping
from paceline.sender import Sender
from paceline.settings import Settings, read_settings
from paceline.spool import left_behind

ANSWER_SECONDS = 5.0  # what init() waits for a server when the answer matters: an id of the user's, a resume
MODES = ("online", "offline", "disabled")
RESUMES = ("never", "allow", "must")
ATTEMPTS = ("new", "join")
MAX_NAME = 250

_current: Run | None = None
_lock = threading.RLock()
_mentioned = False


def _fresh_lock() -> None:
    """In a forked child: nobody holds the lock there, whoever held it in the parent."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh_lock)


class ResumeError(RuntimeError):
    """The server says that the run cannot be started as asked: its id is taken, or there is nothing to resume."""


def init(
    project: str | None = None,
    *,
    name: str | None = None,
    config: Any = None,
    tags: Sequence[str] | None = None,
    group: str | None = None,
    job_type: str | None = None,
    notes: str | None = None,
    id: str | None = None,
    resume: str | bool | None = None,
    attempt: str | None = None,
    mode: str | None = None,
    url: str | None = None,
    api_key: str | None = None,
    dir: str | os.PathLike[str] | None = None,
) -> Run:
    """Start a run; a run this process started before is finished first.

    project: "team/project", or "project" with PACELINE_TEAM. config: a dict, dataclass or Namespace.
    id: what this run is called in resume=; made up when left out. resume: "never" (default), "allow" goes on with the
    run of that id or starts it, "must" only goes on. attempt: "new" (default of a resume) hides older points from its
    first step on, "join" takes part beside other processes. mode: "online" (default), "offline" (disk only, see
    `paceline sync`), "disabled". url, api_key, dir: the server, the key, the folder of spools; else from the
    environment (docs/client.md).

    Never waits for a server that is away: what is logged goes to disk and is sent when it is back.
    Raises ValueError for arguments that make no sense, ResumeError when the server says at once that it cannot resume.
    """
    global _current
    mode = mode or os.environ.get("PACELINE_MODE", "") or "online"
    resume = {True: "allow", False: "never"}.get(resume, resume) if isinstance(resume, bool) else resume
    resume = resume or os.environ.get("PACELINE_RESUME", "") or "never"
    attempt = attempt or os.environ.get("PACELINE_ATTEMPT", "") or "new"
    id = id or os.environ.get("PACELINE_RUN_ID", "") or None
    for what, value, known in (("mode", mode, MODES), ("resume", resume, RESUMES), ("attempt", attempt, ATTEMPTS)):
        if value not in known:
            raise ValueError(f"{what} is {value!r}; it must be one of {', '.join(known)}.")
    if resume != "never" and not id:
        raise ValueError("A resume needs the id of the run: init(id=…, resume=…).")
    if id is not None and not 1 <= len(id) <= MAX_NAME:
        raise ValueError(f"The id has {len(id)} characters; at most {MAX_NAME} are allowed.")
    if isinstance(tags, str):
        tags = [tags]
    settings = read_settings(url=url, api_key=api_key, directory=os.fspath(dir) if dir is not None else None)
    team, project = project_address(project, settings)
    mode = _possible_mode(mode, settings, team)
    joins = resume != "never" and attempt == "join"
    create: dict[str, Any] = {
        "client_id": id or new_client_id(),
        # An id of our own making can only be taken by ourselves, when an answer was lost: then we join.
        "resume": resume if id else "allow",
        "attempt": attempt if id else "join",
        "started_at": int(time.time() * 1000),
    }
    given = {"name": name, "group": group, "job_type": job_type, "notes": notes, "tags": _texts(tags)}
    create.update({key: _text(value) if isinstance(value, str) else value for key, value in given.items() if value})
    for short in ("name", "group", "job_type"):
        if short in create:
            create[short] = create[short][:MAX_NAME]
    writer = new_writer()
    create["provenance"] = {**provenance.machine(), "session": writer}
    facts = {
        "format": 1,
        "server": settings.server,
        "team": team,
        "project": project,
        "create": create,
        "writer": writer,
        "pid": os.getpid(),
        "deferred": False,
        "counts_on": bool(id) and resume != "never" and not joins,
    }
    with _lock:
        if _current is not None:
            _current.finish()
            exits.unwatch(_current)
        run = Run(facts=facts, settings=settings, mode=mode, config=to_mapping(config), joins=joins)
        if mode == "online" and not joins:
            _mention_left_behind(settings)
        run._start()
        _current = run
        if id and run._sender is not None:
            _await_answer(run, run._sender)
    return run


def _await_answer(run: Run, sender: Sender) -> None:
    """Wait a moment for what the server says to an id of the user's. Raises ResumeError when it says no."""
    global _current
    sender.answered.wait(ANSWER_SECONDS)
    problem = sender.problem
    if not sender.created and problem is not None and (problem.code == "run_exists" or "client_id" in problem.fields):
        run._discard()
        exits.unwatch(run)
        _current = None
        if problem.code == "run_exists":
            hint = 'Choose another id, or go on with that run by resume="allow".'
        else:
            hint = 'Check id and project, or use resume="allow".'
        raise ResumeError(f'id "{run.id}": {problem.message} {hint}')
    if sender.created:
        run._next_step = max(run._next_step, int(sender.created.get("next_step", 0)))
    else:
        run._defer()


def _mention_left_behind(settings: Settings) -> None:
    """Say once a process that earlier runs left points on this disk."""
    global _mentioned
    if not _mentioned:
        _mentioned = True
        count = left_behind(settings.directory)
        if count:
            notices.say(f"{count} earlier runs left points in {settings.directory}; `paceline sync` sends them.")


def current_run() -> Run | None:
    """The run that init() started last in this process, or None."""
    return _current


def log(values: Mapping[str, Any], step: Any = None) -> None:
    """Run.log of the current run."""
    if _current is None:
        notices.warn("paceline.log() before paceline.init(): left out.", once="log before init")
        return
    _current.log(values, step)


def finish(state: str = "finished", message: str = "") -> None:
    """Run.finish of the current run."""
    global _current
    if _current is not None:
        _current.finish(state, message)
        exits.unwatch(_current)
        _current = None


def project_address(project: str | None, settings: Settings) -> tuple[str, str]:
    """(team, project) as they stand in addresses."""
    text = project or settings.project or "uncategorized"
    team, slash, name = text.partition("/")
    if not slash:
        team, name = settings.team, text
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80]
    if not slug:
        raise ValueError(f"{project!r} is no project; it looks like team/project.")
    return team.strip(), slug


def unsaid(settings: Settings, team: str) -> str:
    """What nobody said of where to send, in words; "" when all is known."""
    needed = (
        ("the server's address (PACELINE_SERVER)", settings.server),
        ("an API key (PACELINE_API_KEY)", settings.api_key),
        ('the team (project="team/name" or PACELINE_TEAM)', team),
    )
    return " and ".join(words for words, there in needed if not there)


def _possible_mode(mode: str, settings: Settings, team: str) -> str:
    """The mode, or offline with one clear warning when nobody said where to send."""
    if mode != "online":
        return mode
    missing = unsaid(settings, team)
    if not missing:
        return mode
    notices.warn(
        f"{missing} missing: this run is recorded on disk only. Set what is missing and run `paceline sync` to send it."
    )
    return "offline"


def _texts(values: Sequence[str] | None) -> list[str]:
    return [_text(str(value)) for value in values or ()]


def _text(value: str) -> str:
    return value.encode(errors="replace").decode()


def new_client_id() -> str:
    """An id for a run that its user did not name: 80 random bits."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(secrets.choice(alphabet) for _ in range(16))
