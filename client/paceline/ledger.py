"""What a process kept for its run, in counts and digests: `paceline verify` compares it with what the server stored."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from paceline.batches import Rows
from paceline.tables import KINDS

FILE = "ledger.json"
SENT = "sent"  # folder beside the spools: the ledgers of those that were sent and deleted
MOST_SENT = 1_000
_NAN = math.nan


class Ledger:
    """Series by key: count, and the sums modulo 2^64 of the steps, the times (ms) and the bits of the values.

    tables: by kind and key the steps of tables.
    """

    def __init__(self, known: dict[str, Any] | None = None) -> None:
        known = known or {}
        self.series: dict[str, list[int]] = {key: list(sums) for key, sums in known.get("series", {}).items()}
        self.next_seq = int(known.get("next_seq", 0))
        self.lines = int(known.get("lines", 0))
        self.files: dict[str, str] = dict(known.get("files", {}))
        self.tables: dict[str, dict[str, set[int]]] = {
            kind: {key: set(steps) for key, steps in known.get(one.ledger, {}).items()} for kind, one in KINDS.items()
        }
        self.changed = False

    def add_table(self, kind: str, key: str, step: int) -> None:
        self.tables[kind].setdefault(key, set()).add(step)
        self.changed = True

    def add(self, groups: Iterable[Rows]) -> None:
        for group in groups:
            steps, times = sum(group.steps), sum(group.times)
            for key, values in zip(group.keys, group.values):
                self._add(key, len(values), steps, times, _bits(values))

    def add_body(self, body: bytes) -> None:
        """The points of a request body, None left out."""
        found = json.loads(body)
        for key, column in found["values"].items():
            rows = [row for row in zip(found["step"], found["time"], column) if row[2] is not None]
            steps, times, values = zip(*rows) if rows else ((), (), ())
            self._add(key, len(rows), sum(steps), sum(times), _bits(values))

    def _add(self, key: str, count: int, *sums: int) -> None:
        whole = self.series.setdefault(key, [0, 0, 0, 0])
        whole[0] += count
        for place, part in enumerate(sums, 1):
            whole[place] = (whole[place] + part) % 2**64
        self.changed = True

    def save(self, folder: Path) -> None:
        """Write it beside what it is about. Raises OSError."""
        tables = {
            KINDS[kind].ledger: {key: sorted(steps) for key, steps in keys.items()}
            for kind, keys in self.tables.items()
        }
        known = {
            "series": self.series,
            "next_seq": self.next_seq,
            "lines": self.lines,
            "files": self.files,
            **tables,
        }
        new = folder / f"{FILE}.new"
        new.write_text(json.dumps(known))
        new.replace(folder / FILE)
        self.changed = False


def read_ledger(path: Path) -> dict[str, Any]:
    """A ledger's file; {} when it is not there or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_sent(folder: Path) -> None:
    """Put the ledger of a spool, and whose it is, beside the spools before the spool is deleted."""
    known, facts, created = (read_ledger(folder / name) for name in (FILE, "run.json", "created.json"))
    if not known or not created:
        return
    kept = folder.parent / SENT
    try:
        kept.mkdir(mode=0o700, exist_ok=True)
        (kept / f"{folder.name}.json").write_text(json.dumps({**known, **whose(facts, created)}))
        for old in sorted(kept.glob("*.json"))[:-MOST_SENT]:
            old.unlink()
    except OSError:
        pass  # nothing but a later verify misses it


def whose(facts: dict[str, Any], created: dict[str, Any]) -> dict[str, Any]:
    """The run a ledger belongs to."""
    return {
        "server": facts.get("server", ""),
        "run": created.get("id", ""),
        "attempt": created.get("attempt", 1),
        "client_id": facts.get("create", {}).get("client_id", ""),
        "project": f"{facts.get('team', '')}/{facts.get('project', '')}",
    }


def _bits(values: Sequence[float]) -> int:
    """The sum modulo 2^64 of the bits of float64 values, every NaN being the same one."""
    total = sum(values)
    if total != total:
        values = [value if value == value else _NAN for value in values]
    return sum(memoryview(array("d", values)).cast("B").cast("Q")) % 2**64
