"""What has become of tables that somebody kept."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.tables.forms import Form
from apps.tables.spans import steps_of_runs
from apps.tables.store import Head


class Kept(NamedTuple):
    """Tables of a kind and key, at one step or the newest. standing: by run, as it was."""

    form: Form[Any]
    key: str
    step: int | None
    standing: Mapping[int, Mapping[str, Any]]


def standing(head: Head) -> dict[str, Any]:
    """What tells whether a table is still the same: its step, and when it was logged."""
    return {"step": str(head.step), "attempt": head.attempt, "logged_at": head.logged_at}


def moved_tables(kept: Sequence[Kept]) -> dict[int, list[str]]:
    """By run what became of its tables, in words: a query for each of them."""
    found: dict[int, list[str]] = {}
    for one in kept:
        for run_id, heads in steps_of_runs(one.form, list(one.standing), one.key).items():
            there = [head for head in heads if one.step in (None, head.step)]
            words = _words(one.standing[run_id], there[-1] if there else None)
            if words:
                found.setdefault(run_id, []).append(f"{one.form.named} “{one.key}”: {words}")
    return found


def _words(then: Mapping[str, Any], now: Head | None) -> str:
    if now is None:
        return "gone"
    if then["step"] != str(now.step):
        return f"step {then['step']} → {now.step}"
    return "" if then == standing(now) else f"step {now.step} logged anew"
