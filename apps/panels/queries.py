"""What a page of charts holds: its runs with their colours, its metrics in sections."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.history.queries import Head
from apps.panels.colours import run_slots
from apps.runs.grouping import EXCEPT, differing_fields
from apps.runs.models import Run

MAX_PANELS = 400  # of one page; the rest is reached by the filter for metrics
MAX_GROUPINGS = 200
SEEDS = ("seed", "random_state", "random_seed", "fold")  # settings that runs of one kind differ in
LAST = ("system", "sys")  # sections that come after all others
OTHER = "metrics"  # the section of keys without a prefix


@dataclass(frozen=True)
class Panel:
    """One chart. title: the key without its section's prefix; runs: how many of the page's have it, 0 = not known."""

    key: str
    title: str
    runs: int = 0


@dataclass
class Section:
    """The charts whose keys share the part before the first slash."""

    name: str
    panels: list[Panel] = field(default_factory=list)


@dataclass
class Board:
    """The charts of a page. data: what its script reads. left_out: metrics beyond MAX_PANELS."""

    sections: list[Section]
    data: dict[str, Any]
    total: int
    left_out: int
    slots: dict[int, int]
    groupings: list[tuple[str, str]]  # what its runs can be grouped by: value, label
    id: str = "board"
    follows: str = "url"

    @property
    def seed_groupings(self) -> list[tuple[str, str]]:
        """Those that leave out a seed, which are one click away."""
        return [(value, label) for value, label in self.groupings if value.startswith(EXCEPT)]

    @property
    def empty(self) -> bool:
        return not self.sections


def board(
    runs: Sequence[Run],
    heads: Mapping[int, Mapping[str, Head]],
    *,
    only: str = "",
    keys: Iterable[str] | None = None,
    id: str = "board",
    follows: str = "url",
    view: Mapping[str, Any] | None = None,
    slots: Mapping[int, int] | None = None,
) -> Board:
    """The board of these runs, in this order. No query: heads come from history.queries.heads.

    only: a part of the names of the metrics wanted; keys: exactly these metrics, in this order. follows: "url" when
    what it shows is in the page's URL, "self" when not; view: then, {"x": "step", …, "y": "linear" | "log"}.
    """
    found = dict.fromkeys(keys) if keys is not None else dict.fromkeys(sorted(_keys(heads), key=_order))
    wanted = [key for key in found if only.lower() in key.lower()]
    slots = run_slots(run.id for run in runs) if slots is None else {run.id: slots[run.id] for run in runs}
    data = {
        "runs": [
            {
                "id": run.slug,
                "name": run.name,
                "slot": slots[run.id],
                "state": run.state_now,
                "url": run.get_absolute_url(),
            }
            for run in runs
        ],
        "shown": [run.slug for run in runs],
        "view": dict(view or {}),
    }
    shown = wanted[:MAX_PANELS]
    holders = Counter(key for of_run in heads.values() for key in of_run)
    offered = groupings(runs) if follows == "url" else []  # a report's panel says itself how its runs are grouped
    return Board(sections(shown, holders), data, len(wanted), len(wanted) - len(shown), slots, offered, id, follows)


def groupings(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """What to offer for grouping runs into bands: nothing for one; else all, everything but a seed, what differs."""
    if len(runs) < 2:
        return []
    offered = [("all", "all shown")]
    differing = differing_fields(runs)
    seeds = [field for field in differing if field.rpartition(".")[2].lower() in SEEDS]
    offered += [(f"-{field}", f"all but {field.removeprefix('config.')}") for field in seeds]
    offered += [(field, field.removeprefix("config.")) for field in differing]
    return offered[:MAX_GROUPINGS]


def sections(keys: Iterable[str], holders: Mapping[str, int] | None = None) -> list[Section]:
    """Keys by the part before their first slash, in the order of first appearance. holders: how many runs have each."""
    found: dict[str, Section] = {}
    for key in keys:
        prefix, slash, rest = key.partition("/")
        named = bool(slash and prefix and rest)
        name = prefix if named else OTHER
        found.setdefault(name, Section(name)).panels.append(
            Panel(key, rest if named else key, (holders or {}).get(key, 0))
        )
    return list(found.values())


def _keys(heads: Mapping[int, Mapping[str, Head]]) -> set[str]:
    return {key for of_run in heads.values() for key in of_run}


def _order(key: str) -> tuple[bool, bool, list[tuple[int, str]], list[tuple[int, str]]]:
    """Keys without a prefix first, what the machine did last, else by name; recall/2 comes before recall/10."""
    prefix, slash, rest = key.partition("/")
    named = bool(slash and prefix and rest)
    return named and prefix.lower() in LAST, named, _natural(prefix if named else ""), _natural(key)


def _natural(text: str) -> list[tuple[int, str]]:
    """Parts of a text, digits by their number; a number sorts before a word."""
    parts = re.split(r"([0-9]{1,18})", text.lower())
    return [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts)]
