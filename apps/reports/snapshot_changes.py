"""What has become of a published report since: its text, its runs, their metrics, and what its panels draw of them."""

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from apps.core import ids
from apps.evaluation.pictures import PICTURES
from apps.history.queries import heads
from apps.reports.freezing import figures_of
from apps.reports.models import Report, Snapshot
from apps.reports.panel_changes import PanelChange, changed_panels
from apps.reports.queries import readable_among
from apps.reports.run_facts import run_facts
from apps.reports.snapshot_queries import pieces_of
from apps.runs.access import AnyUser
from apps.runs.models import Run
from apps.tables.standing import Kept, moved_tables

MOST_NAMED = 8  # settings of a run that are named
# Facts of a run that are compared, in the order in which they are said.
_NAMES = (
    *("name", "project", "group", "job_type", "tags", "notes", "state"),
    *("config", "summary", "code", "command", "data"),
)


class Moved(NamedTuple):
    """A figure of a metric, then and now."""

    key: str
    figure: str
    then: float | None
    now: float | None


class RunChange(NamedTuple):
    """What became of a run. kind: "deleted", "closed" (not for this reader to see), "archived" or "edited".

    words: of its facts that differ. moved: figures of its drawn metrics that differ.
    """

    run: str
    name: str
    kind: str
    words: list[str]
    moved: list[Moved]


class Changes(NamedTuple):
    """revisions: saved since. newer: the newest snapshot's n when there is a newer one. unread: panels for which there
    was no time."""

    revisions: int
    newer: int | None
    runs: list[RunChange]
    panels: list[PanelChange]
    unread: int

    @property
    def nothing(self) -> bool:
        return not (self.revisions or self.newer or self.runs or self.panels or self.unread)


def changes_since(user: AnyUser, report: Report, snapshot: Snapshot) -> Changes:
    """What differs now from what the snapshot shows, for one reader. Its queries do not grow with its runs.

    Reading what panels would draw now ends in time (panel_changes.py).
    """
    said = orjson.loads(bytes(snapshot.canonical))
    newest = report.snapshots.order_by("-n").values_list("n", flat=True).first() or snapshot.n
    run_ids = [ids.from_text(text) for text in said["runs"]]
    readable = readable_among(user, run_ids)
    there = set(Run.objects.filter(id__in=run_ids, deleted_at=None).values_list("id", flat=True))
    then = {name: orjson.loads(body) for name, body in pieces_of(report, said["runs"].values()).items()}
    now = run_facts(list(readable))
    keys = {key for of_run in said["figures"].values() for key in of_run}
    figures = heads(list(readable), keys)
    tables = moved_tables(_kept_tables(said["panels"], readable))
    found = []
    for run_id in run_ids:
        slug = ids.to_text(run_id)
        before = then[said["runs"][slug]]
        if run_id not in readable:
            kind = "closed" if run_id in there else "deleted"
            found.append(RunChange(slug, before["name"], kind, [], []))
            continue
        words = _words(before, now[run_id]) + tables.get(run_id, [])
        moved = _moved(
            said["figures"].get(slug, {}), {key: figures_of(head) for key, head in figures.get(run_id, {}).items()}
        )
        archived = readable[run_id].archived_at is not None
        if archived or words or moved:
            found.append(RunChange(slug, before["name"], "archived" if archived else "edited", words, moved))
    panels = changed_panels(user, report.project, said)
    return Changes(
        report.revision - snapshot.revision,
        newest if newest > snapshot.n else None,
        found,
        panels.changed,
        panels.unread,
    )


def _kept_tables(panels: Sequence[Mapping[str, Any]], readable: Container[int]) -> list[Kept]:
    """The tables that panels show, each kind, key and step once, of the runs that the reader may see."""
    found: dict[tuple[str, str, str | None], dict[int, Mapping[str, Any]]] = {}
    for panel in panels:
        for slug, standing in panel.get("tables", {}).items():
            if (run_id := ids.from_text(slug)) in readable:
                found.setdefault((panel["kind"], panel["key"], panel["step"]), {})[run_id] = standing
    return [
        Kept(PICTURES[kind].form, key, None if step is None else int(step), of_runs)
        for (kind, key, step), of_runs in found.items()
    ]


def _words(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The facts that differ, by name; of settings and summaries, which of them."""
    found = []
    for name in _NAMES:
        before, after = then.get(name), orjson.loads(orjson.dumps(now.get(name)))
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            differing = sorted(one for one in before.keys() | after.keys() if before.get(one) != after.get(one))
            more = f" and {len(differing) - MOST_NAMED} more" if len(differing) > MOST_NAMED else ""
            found += [f"{name}: {', '.join(differing[:MOST_NAMED])}{more}"]
        elif name in ("name", "project", "state"):
            found.append(f"{name}: {after}")
        else:
            found.append(name.replace("_", " "))
    return found


def _moved(then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> list[Moved]:
    """Figures of metrics that differ; how many points there are tells when no other does."""
    found = []
    for key in sorted(then.keys() | now.keys()):
        before, after = then.get(key, {}), now.get(key, {})
        differing = [name for name in ("last", "min", "max", "points") if before.get(name) != after.get(name)]
        found += [Moved(key, name, before.get(name), after.get(name)) for name in differing[:1]]
    return found


def as_json(changes: Changes) -> dict[str, Any]:
    runs: Sequence[RunChange] = changes.runs
    return {
        "revisions": changes.revisions,
        "newer": changes.newer,
        "runs": [{**one._asdict(), "moved": [moved._asdict() for moved in one.moved]} for one in runs],
        "panels": [one._asdict() for one in changes.panels],
        "panels_not_compared": changes.unread,
    }
