"""Groups of runs that are alike in some fields: what charts draw one band for each of.

A field is `config.<name>` (dots lead into nested settings), `group` or `job_type`. `-config.<name>` leaves one out:
then runs are alike when everything else in their config is, as over seeds.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.runs.models import Run
from apps.runs.values_flat import leaves

FACTS = ("group", "job_type")
CONFIG = "config."
EXCEPT = "-config."
NAME_LENGTH = 200
NOTHING = "none"  # how a group is called by a field that its runs lack


class RunGroup(NamedTuple):
    """Runs that are alike. name: by the fields that tell it from the others, "lr=0.1, model=cnn"."""

    name: str
    run_ids: tuple[int, ...]


def field_problem(fields: Sequence[str]) -> str:
    """What is wrong with the fields to group by; "" when nothing is."""
    for field in fields:
        name = field.removeprefix(EXCEPT) if field.startswith(EXCEPT) else field.removeprefix(CONFIG)
        if field not in FACTS and (not name or not field.startswith((CONFIG, EXCEPT))):
            return f"{field!r} is not config.<name>, group, job_type or -config.<name>, which leaves one out"
    if len({field.startswith(EXCEPT) for field in fields}) > 1:
        return "fields to group by and fields to leave out do not go together"
    return ""


def run_groups(run_ids: Sequence[int], fields: Sequence[str]) -> list[RunGroup]:
    """The runs in groups, by the values of the fields: numbers first, then text, then none. One query."""
    found = {run.id: run for run in Run.objects.filter(id__in=run_ids).only("id", "config", *FACTS)}
    runs = [found[run_id] for run_id in dict.fromkeys(run_ids) if run_id in found]
    columns = _columns_left(runs, fields) if fields[0].startswith(EXCEPT) else _columns(runs, fields)
    members: dict[tuple[str | None, ...], list[int]] = {}
    for place, run in enumerate(runs):
        members.setdefault(tuple(column[place] for column in columns.values()), []).append(run.id)
    names = [field.removeprefix(CONFIG) for field in columns]
    return [
        RunGroup(_name(names, values), tuple(of_group))
        for values, of_group in sorted(members.items(), key=lambda one: [_order(value) for value in one[0]])
    ]


def differing_fields(runs: Sequence[Run]) -> list[str]:
    """The fields in which these runs differ, facts first. No query."""
    facts = [fact for fact in FACTS if len({getattr(run, fact) for run in runs}) > 1]
    return [*facts, *_columns_left(runs, [])]


def _columns(runs: Sequence[Run], fields: Sequence[str]) -> dict[str, list[str | None]]:
    """For each field the value of every run as text, None where it has none."""
    return {
        field: [
            (getattr(run, field) or None) if field in FACTS else _text(_setting(run.config, field.removeprefix(CONFIG)))
            for run in runs
        ]
        for field in fields
    }


def _columns_left(runs: Sequence[Run], fields: Sequence[str]) -> dict[str, list[str | None]]:
    """The same for every setting in which runs differ, but those left out and what is below them."""
    out = [field.removeprefix(EXCEPT) for field in fields]
    settings = [
        {
            name: value
            for name, value in leaves(run.config)
            if not any(name == one or name.startswith(f"{one}.") for one in out)
        }
        for run in runs
    ]
    names = sorted({name for of_run in settings for name in of_run})
    columns = {CONFIG + name: [_text(of_run.get(name)) for of_run in settings] for name in names}
    return {field: column for field, column in columns.items() if len(set(column)) > 1}


def _setting(tree: Any, name: str) -> Any:
    """The setting of a dotted name, also where a key itself has dots; None without one."""
    if not isinstance(tree, Mapping):
        return None
    if name in tree:
        return tree[name]
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        value = _setting(tree.get(".".join(parts[:length])), ".".join(parts[length:]))
        if value is not None:
            return value
    return None


def _text(value: Any) -> str | None:
    """A value as text, the same for equal values: 1 and 1.0 are."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _order(value: str | None) -> tuple[int, float, str]:
    if value is None:
        return 2, 0.0, ""
    try:
        number = float(value)
    except ValueError:
        return 1, 0.0, value
    return (0, number, value) if not math.isnan(number) else (1, 0.0, value)


def _name(names: Sequence[str], values: Sequence[str | None]) -> str:
    parts = [f"{name}={NOTHING if value is None else value}" for name, value in zip(names, values, strict=True)]
    name = ", ".join(parts) or "all runs"
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"
