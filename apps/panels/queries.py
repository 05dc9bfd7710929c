"""What a page of charts holds: its runs with their colours, its metrics in sections."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from apps.history.queries import Head
from apps.panels.arranging import Arrangement
from apps.panels.colours import run_slots
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.grouping import EXCEPT, differing_fields
from apps.runs.models import Run

MAX_PANELS = 48  # that a page is sent with; its script mounts the others as they come into view
MAX_KEYS = 20_000  # that a page knows; the rest is reached by the filter for metrics
FOLDED_FROM = 200  # panels: then sections after the first ones come closed
RANKED_FROM = 17  # runs: then the best are drawn before the others, and a page needs to know which way is good
MAX_GROUPINGS = 200
SEEDS = ("seed", "random_state", "random_seed", "fold")  # settings that runs of one kind differ in
LAST = ("system", "sys")  # sections that come after all others
OTHER = "metrics"  # the section of keys without a prefix


@dataclass(frozen=True)
class Panel:
    """One chart. title: the key without its section's prefix; runs: how many of the page's have it, 0 = not known.

    keys: the metrics drawn in it, when it is not the key alone. better: which end is the good one, "min" or "max", ""
    when nobody knows or needs to. size: of layouts.SIZES, "" for the usual one.
    """

    key: str
    title: str
    runs: int = 0
    keys: tuple[str, ...] = ()
    better: str = ""
    size: str = ""

    def as_json(self) -> dict[str, Any]:
        """What the page's script reads; what is usual is left out."""
        facts = {"key": self.key, "title": self.title, "runs": self.runs, "keys": self.keys, "better": self.better}
        return {name: value for name, value in facts.items() if value}

    @property
    def keys_text(self) -> str:
        return json.dumps(self.keys)


@dataclass
class Section:
    """The charts whose keys share the part before the first slash."""

    name: str
    panels: list[Panel] = field(default_factory=list)


class Portion(NamedTuple):
    """A section as a page is sent with it: the panels it begins with, of how many, and whether it is open."""

    name: str
    panels: list[Panel]
    total: int
    open: bool


@dataclass
class Board:
    """The charts of a page. data: what its script reads beside the sections.

    total: metrics of these runs; left_out: those that the page does not know of, beyond MAX_KEYS.
    """

    sections: list[Section]
    data: dict[str, Any]
    total: int
    left_out: int
    slots: dict[int, int]
    groupings: list[tuple[str, str]]  # what its runs can be grouped by: value, label
    id: str = "board"
    follows: str = "url"
    only: str = ""

    @property
    def seed_groupings(self) -> list[tuple[str, str]]:
        """Those that leave out a seed, which are one click away."""
        return [(value, label) for value, label in self.groupings if value.startswith(EXCEPT)]

    @property
    def empty(self) -> bool:
        return not self.total

    @property
    def script(self) -> dict[str, Any]:
        """All that the page's script reads."""
        listed = [{"name": one.name, "panels": [panel.as_json() for panel in one.panels]} for one in self.sections]
        return {**self.data, "sections": listed, "left_out": self.left_out, "total": self.total}

    @property
    def portions(self) -> list[Portion]:
        """The sections as the page is sent: MAX_PANELS panels of those that the filter for metrics lets pass."""
        room = MAX_PANELS
        folded = sum(len(one.panels) for one in self.sections) >= FOLDED_FROM
        hidden = set(self.data.get("layout", {}).get("hidden", ()))
        wanted = self.only.lower()
        found = []
        for one in self.sections:
            shown = [panel for panel in one.panels if wanted in panel.key.lower() and panel.key not in hidden]
            if shown:
                found.append(Portion(one.name, shown[:room], len(shown), room > 0 or not folded))
                room = max(0, room - len(shown))
        return found


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
    arranged: Arrangement | None = None,
) -> Board:
    """The board of these runs, in this order. Heads: from history.queries.heads. One query, from RANKED_FROM runs on.

    only: a part of the names of the metrics wanted; keys: exactly these metrics, in this order. follows: "url" when
    what it shows is in the page's URL, "self" when not; view: then, {"x": "step", …, "y": "linear" | "log"}.
    arranged: how the page's reader sees the project's charts.
    """
    found = list(dict.fromkeys(keys)) if keys is not None else sorted(_keys(heads), key=_order)
    known = found
    if len(found) > MAX_KEYS:
        known = sorted(found, key=lambda key: only.lower() not in key.lower())[:MAX_KEYS]
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
    if arranged is not None:
        data |= {
            "layout": arranged.layout.as_json(),
            "kept_by": arranged.kept_by,
            "has_team": arranged.has_team,
            "project": str(arranged.project),
            "keeps": arranged.keeps,
            "writes": arranged.writes,
        }
    offered = groupings(runs) if follows == "url" else []  # a report's panel says itself how its runs are grouped
    listed = sections(known, Counter(key for of_run in heads.values() for key in of_run), arranged)
    if len(runs) >= RANKED_FROM:
        project = arranged.project if arranged else None
        better = directions(project, (panel.key for section in listed for panel in section.panels))
        for section in listed:
            section.panels = [replace(one, better=_good_end(better[one.key])) for one in section.panels]
    return Board(listed, data, len(found), len(found) - len(known), slots, offered, id, follows, only)


def _good_end(direction: Direction) -> str:
    return "" if direction == Direction.UNKNOWN else direction.value


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


def sections(
    keys: Iterable[str], holders: Mapping[str, int] | None = None, arranged: Arrangement | None = None
) -> list[Section]:
    """Keys by the part before their first slash, in the order of first appearance. holders: how many runs have each.

    arranged: which keys share a panel, where panels stand and how large they are.
    """
    charts = arranged.folded(keys) if arranged else {key: [key] for key in keys}
    found: dict[str, dict[str, Panel]] = {}
    for key, members in charts.items():
        prefix, slash, rest = key.partition("/")
        named = bool(slash and prefix and rest)
        runs = max((holders or {}).get(one, 0) for one in members)
        size = arranged.layout.sizes.get(key, "") if arranged else ""
        panel = Panel(key, rest if named else key, runs, () if members == [key] else tuple(members), size=size)
        found.setdefault(prefix if named else OTHER, {})[key] = panel
    listed = []
    for name, panels in found.items():
        order = arranged.layout.arranged(name, panels) if arranged else panels
        listed.append(Section(name, [panels[key] for key in order]))
    return listed


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
