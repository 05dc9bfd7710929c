"""What the panels of a published report would draw now that they did not draw then."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.core import ids
from apps.core.errors import TrackerError
from apps.reports.evidence import Broken, report_parts
from apps.reports.held_pieces import Pieces
from apps.reports.kinds.kind import Drawn, KeptPicture
from apps.reports.queries import readable_among
from apps.reports.rendering import Fence, remembered_pieces
from apps.runs.access import AnyUser
from apps.runs.models import Project

SECONDS = 5.0  # that reading panels anew may take; a chart that has begun is read to its end


class PanelChange(NamedTuple):
    """line: of the block in the published text. came, went: names of runs that fit now, and no longer."""

    line: int
    title: str
    words: list[str]
    came: list[str]
    went: list[str]


class Found(NamedTuple):
    changed: list[PanelChange]
    unread: int


class _Late(Exception):
    """The time is over."""


class _Change(NamedTuple):
    """A change before its runs have names."""

    panel: Mapping[str, Any]
    words: list[str]
    came: list[int]
    went: list[int]


def changed_panels(user: AnyUser, project: Project, said: Mapping[str, Any]) -> Found:
    """The panels that show something else to this reader now. said: the snapshot's JSON.

    What was drawn is told by the SHA-256 of its data, so no kept data is read, and nothing is drawn. Takes SECONDS.
    """
    kept: Sequence[Mapping[str, Any]] = said["panels"]
    if not kept:
        return Found([], 0)
    end = time.monotonic() + SECONDS
    texts = remembered_pieces(said["markdown"], title=said["title"])
    panels = [part for part in report_parts(user, project, texts) if isinstance(part, Broken | Drawn)]
    now = dict(zip((piece.line for piece in texts if isinstance(piece, Fence)), panels, strict=True))
    changes, unread = [], 0
    for panel in kept:
        try:
            changes.append(_change(panel, now[panel["line"]], end))
        except _Late:
            unread += 1
    return Found(_named(user, [one for one in changes if one.words or one.came or one.went]), unread)


def _change(then: Mapping[str, Any], now: Broken | Drawn, end: float) -> _Change:
    if isinstance(now, Broken):
        return _Change(then, [f"it shows nothing now: {now.message}"], [], [])

    def go_on() -> None:
        if time.monotonic() > end:
            raise _Late

    go_on()
    try:
        charts = now.content.kept(now, Pieces(pictures=False), go_on)
    except TrackerError as error:
        return _Change(then, [f"it cannot be read now: {error.message}"], [], [])
    words = _words(then, now, charts)
    before = [ids.from_text(text) for text in then["runs"]]
    shown = list(dict.fromkeys([run.id for run in now.runs] + [one for chart in charts for one in chart.run_ids]))
    came = [run_id for run_id in shown if run_id not in set(before)]
    return _Change(then, words, came, [run_id for run_id in before if run_id not in set(shown)])


def _words(then: Mapping[str, Any], now: Drawn, charts: Sequence[KeptPicture]) -> list[str]:
    before = {chart["key"]: chart["data"] for chart in then["charts"]}
    after = {chart.key: chart.data for chart in charts}
    words = [f"{key} is drawn from other data" for key in before if key in after and before[key] != after[key]]
    words += [f"{key} is drawn no longer" for key in before if key not in after]
    words += [f"{key} is drawn too" for key in after if key not in before]
    version = now.content.view.get("panel", {}).get("version")
    if version != then.get("panel", {}).get("version"):
        words.append(f"its panel has version {version}, not {then['panel']['version']}")
    return words


def _named(user: AnyUser, changes: Sequence[_Change]) -> list[PanelChange]:
    """The changes with the names that runs have now, their ids where the reader cannot see them: one query."""
    run_ids = {run_id for one in changes for run_id in (*one.came, *one.went)}
    known = readable_among(user, run_ids) if run_ids else {}

    def names(of: Sequence[int]) -> list[str]:
        return [known[run_id].name if run_id in known else ids.to_text(run_id) for run_id in of]

    return [
        PanelChange(
            one.panel["line"],
            one.panel["title"] or f"{one.panel['kind']} panel",
            one.words,
            names(one.came),
            names(one.went),
        )
        for one in changes
    ]
