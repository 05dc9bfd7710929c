"""`paceline sync`: sends what spools on this disk still hold."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from paceline.console import keep_rest
from paceline.ledger import FILE as LEDGER_FILE
from paceline.ledger import Ledger, keep_sent, read_ledger
from paceline.sender import Sender, advice
from paceline.server import Server
from paceline.settings import Settings
from paceline.spool import Spool, spools_in

PATIENCE_SECONDS = 20.0  # without any success before a server counts as away


def sync(root: Path, settings: Settings, say: Callable[[str], None]) -> bool:
    """Send every spool at or under root whose process has ended, oldest first; True when nothing is left.

    A spool goes to the server its run was started for, else to the one of settings; always with the key of settings.
    What is sent completely is deleted from disk; batches the server refused stay in the spool's refused/.
    """
    folders = sorted(spools_in(root), key=_children_last)
    if not folders:
        say(f"Nothing to send in {root}.")
        return True
    done = [_sync_one(folder, settings, say) for folder in folders]
    return all(done)


def _children_last(folder: Path) -> bool:
    """Whether a spool is of a process that joined a run: who started the run comes first, and creates it."""
    try:
        return bool(Spool.open(folder).read_json("run.json").get("child"))
    except OSError:
        return False


def _sync_one(folder: Path, settings: Settings, say: Callable[[str], None]) -> bool:
    try:
        spool = Spool.open(folder)
        if not spool.lock():
            say(f"{folder.name}: its process is still running and sends by itself.")
            return True
    except OSError as error:
        say(f"{folder.name}: cannot be read: {error}")
        return False
    try:
        return _send(spool, settings, say)
    finally:
        spool.release()


def _send(spool: Spool, settings: Settings, say: Callable[[str], None]) -> bool:
    folder = spool.folder
    facts = spool.read_json("run.json")
    if folder is None or "create" not in facts:
        say(f"{folder and folder.name}: run.json is damaged; left as it is.")
        return False
    ledger = Ledger(read_ledger(folder / LEDGER_FILE))
    if not facts.get("child"):
        spool.limit = settings.spool_max
        ledger.lines += keep_rest(spool, facts["writer"])
    facts = {**facts, "deferred": True, "team": facts["team"] or settings.team}
    address = facts["server"] or settings.server
    if spool.first() is None and (spool.refused or spool.read_json("created.json")):
        return _done(spool, say, "nothing left to send")
    if not address or not settings.api_key or not facts["team"]:
        say(f"{folder.name}: set PACELINE_SERVER, PACELINE_API_KEY and PACELINE_TEAM to say where it goes.")
        return False
    server = Server(address, settings.api_key)
    sender = Sender(spool, server, facts)
    sender.ledger = ledger
    try:
        left = sender.drain(PATIENCE_SECONDS)
    finally:
        server.close()
        _save(ledger, folder)
    if left.frames or not sender.created:
        problem = sender.problem or sender.full
        why = f"{problem.message} {advice(problem)}" if problem else ""
        say(f"{folder.name}: {left.words} are left. {why}")
        return False
    return _done(spool, say, f"{sender.sent.words} sent, {sender.created.get('url', '')}")


def _save(ledger: Ledger, folder: Path) -> None:
    try:
        ledger.save(folder)
    except OSError:
        pass  # nothing but a later `paceline verify` misses it


def _done(spool: Spool, say: Callable[[str], None], text: str) -> bool:
    damage = f", {spool.damaged:,} bytes were damaged by a crash" if spool.damaged else ""
    refused = f", {spool.refused} refused batches stay in {spool.folder}/refused" if spool.refused else ""
    say(f"{spool.folder.name if spool.folder else ''}: {text}{damage}{refused}")
    if spool.folder is not None:
        keep_sent(spool.folder)
    spool.remove()
    return True


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
