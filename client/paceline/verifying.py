"""`paceline verify`: compares what this disk knows to have been logged with what the server stored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from paceline.connection import Failure
from paceline.ledger import FILE, SENT, read_ledger, whose
from paceline.server import Server
from paceline.settings import Settings
from paceline.spool import Spool, spools_in
from paceline.tables import KINDS

EQUAL, DIFFERENT, UNKNOWN = 0, 1, 3  # exit codes


def verify(what: str, settings: Settings, say: Callable[[str], None]) -> int:
    """Compare the runs of a spool or folder of spools, or one run by its id or address.

    Gives 0 when everything was stored as it was sent, 1 when something is missing or differs, 3 when that cannot be
    told: the server does not answer, or has more points, from processes whose record is not on this disk.
    """
    ledgers = list(_ledgers(what, settings))
    if not ledgers:
        say(f"Nothing on this disk tells what was sent{f' of {what}' if what else ''}.")
        return UNKNOWN
    by_run: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for ledger in ledgers:
        by_run.setdefault((ledger["server"] or settings.server, ledger["run"]), []).append(ledger)
    results = {_verify_run(server, run, found, settings, say) for (server, run), found in by_run.items()}
    return DIFFERENT if DIFFERENT in results else UNKNOWN if UNKNOWN in results else EQUAL


def _ledgers(what: str, settings: Settings) -> Iterator[dict[str, Any]]:
    folder = Path(what).expanduser() if what else settings.directory
    if folder.is_dir():
        chosen = ""
    else:
        folder, chosen = settings.directory, _run_id(what)
    kept = [read_ledger(path) for path in sorted((folder / SENT).glob("*.json"))]
    waiting = [_of_spool(path) for path in spools_in(folder)]
    for ledger in [*kept, *waiting]:
        if ledger and (not chosen or chosen in (ledger["run"], ledger["client_id"])):
            yield ledger


def _run_id(what: str) -> str:
    """The run that an id or address means."""
    found = re.search(r"/runs/([^/?#]+)", what)
    return found[1] if found else what


def _of_spool(folder: Path) -> dict[str, Any]:
    """The ledger of a spool that is still on disk, with what of it waits to be sent."""
    ledger, facts, created = (read_ledger(folder / name) for name in (FILE, "run.json", "created.json"))
    if not ledger or not facts:
        return {}
    try:
        spool = Spool.open(folder)
        left = spool.waiting()
        words = left.words if left.frames else ""
        refused = spool.refused
    except OSError:
        words, refused = "something", 0
    return {**ledger, **whose(facts, created), "waiting": words, "refused": refused}


def _verify_run(
    address: str, run: str, ledgers: list[dict[str, Any]], settings: Settings, say: Callable[[str], None]
) -> int:
    name = f"{ledgers[0]['project']} {run or ledgers[0]['client_id']}"
    waiting = [ledger["waiting"] for ledger in ledgers if ledger.get("waiting")]
    if waiting:
        say(f"{name}: {', '.join(waiting)} wait on this disk; `paceline sync` sends them.")
    if not run:
        return DIFFERENT
    if not address or not settings.api_key:
        say(f"{name}: set PACELINE_SERVER and PACELINE_API_KEY to say whom to ask.")
        return UNKNOWN
    server = Server(address, settings.api_key)
    try:
        stored, lines = _stored(server, run)
        files = _stored_files(server, run) if any(ledger["files"] for ledger in ledgers) else {}
        sent_tables = {kind: _sent_tables(ledgers, kind) for kind in KINDS}
        tables = {kind: _stored_tables(server, run, kind) for kind, sent in sent_tables.items() if sent}
    except Failure as failure:
        say(f"{name}: {address} does not tell: {failure.message}")
        return UNKNOWN
    finally:
        server.close()
    missing, more = _compared(ledgers, stored)
    sent_lines = sum(ledger["lines"] for ledger in ledgers)
    if lines < sent_lines:
        missing.append(f"console: {sent_lines:,} lines sent, {lines:,} stored")
    expected = {path: digest for ledger in ledgers for path, digest in ledger["files"].items()}
    changed = [path for path, digest in expected.items() if path not in files or not _same(path, files[path], digest)]
    missing += [f"file {path}: {'other bytes are stored' if path in files else 'missing'}" for path in changed]
    for kind, sent in sent_tables.items():
        for key, count in sent.items():
            stored_steps = tables[kind].get(key, 0)
            if stored_steps < count:
                missing.append(f'{KINDS[kind].named} "{key}": {count:,} steps sent, {stored_steps:,} stored')
    refused = sum(ledger.get("refused", 0) for ledger in ledgers)
    if refused:
        missing.append(f"{refused} batches were refused and are kept in refused/")
    for line in [*missing[:20], *more[:20]]:
        say(f"{name}: {line}")
    points = sum(sums[0] for ledger in ledgers for sums in ledger["series"].values())
    keys = len({key for ledger in ledgers for key in ledger["series"]})
    told = f"{points:,} points of {keys:,} series, {sent_lines:,} lines and {len(expected):,} files"
    for kind, sent in sent_tables.items():
        if sent:
            told += f" and {sum(sent.values()):,} {KINDS[kind].plural}"
    if missing or waiting:
        say(f"{name}: NOT all of {told} is stored as sent.")
        return DIFFERENT
    if more:
        say(f"{name}: the server has all of {told}, and more from processes that this disk knows nothing of.")
        return UNKNOWN
    say(f"{name}: {told} are stored as they were sent.")
    return EQUAL


def _same(path: str, stored: str, sent: str) -> bool:
    """Whether a file is the one that was sent. Text below code/ is scrubbed on arrival too: its bytes may differ."""
    return stored == sent or path.startswith("code/")


def _stored(server: Server, run: str) -> tuple[dict[tuple[str, str], tuple[int, str]], int]:
    """(points, digest) by key and attempt, and console lines, as the server has them."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    after = ""
    while True:
        page = server.get(f"runs/{run}/receipt/?after=", quoted=quote(after, safe=""))
        for key, attempts in page["series"].items():
            found.update({(key, attempt): (one["points"], one["digest"]) for attempt, one in attempts.items()})
        if page["next"] is None:
            return found, int(page["lines"])
        after = page["next"]


def _stored_files(server: Server, run: str) -> dict[str, str]:
    """SHA-256 by path."""
    found: dict[str, str] = {}
    after = ""
    while True:
        page = server.get(f"runs/{run}/files/?limit=1000&after=", quoted=quote(after, safe=""))
        found.update({file["path"]: file["sha256"] for file in page["files"]})
        if page["next"] is None:
            return found
        after = page["next"]


def _sent_tables(ledgers: list[dict[str, Any]], kind: str) -> dict[str, int]:
    """By key how many tables of a kind were sent; those of one step and attempt are one."""
    sent = {
        (key, ledger["attempt"], step) for ledger in ledgers for key, steps in _tables(ledger, kind) for step in steps
    }
    return dict(Counter(key for key, _, _ in sent))


def _tables(ledger: dict[str, Any], kind: str) -> list[tuple[str, list[int]]]:
    return list(ledger.get(KINDS[kind].ledger, {}).items())  # ledgers of before there were any have none


def _stored_tables(server: Server, run: str, kind: str) -> dict[str, int]:
    """By key how many tables of a kind the server has."""
    listed = server.get(f"runs/{run}/{KINDS[kind].path}/")[KINDS[kind].member]
    return {one["key"]: int(one["tables"]) for one in listed}


def _compared(
    ledgers: list[dict[str, Any]], stored: dict[tuple[str, str], tuple[int, str]]
) -> tuple[list[str], list[str]]:
    """What is missing or differs, and what the server has more of, in words."""
    sent: dict[tuple[str, str], list[int]] = {}
    for ledger in ledgers:
        for key, sums in ledger["series"].items():
            whole = sent.setdefault((key, str(ledger["attempt"])), [0, 0, 0, 0])
            for place, part in enumerate(sums):
                whole[place] = (whole[place] + part) % 2**64
    missing, more = [], []
    for (key, attempt), (count, *parts) in sent.items():
        points, digest = stored.get((key, attempt), (0, ""))
        name = f'"{key}", attempt {attempt}'
        if points < count:
            missing.append(f"{name}: {count:,} points sent, {points:,} stored")
        elif points > count:
            more.append(f"{name}: {count:,} points sent from here, {points:,} stored")
        elif digest != "".join(f"{part:016x}" for part in parts):
            missing.append(f"{name}: {count:,} points are stored, but not as they were sent")
    return missing, more
