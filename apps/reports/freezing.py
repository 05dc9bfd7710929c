"""What a report shows now, gathered to be kept: nothing of it is read again when the snapshot is shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.template.loader import render_to_string

from apps.core import ids
from apps.history.queries import Head, heads
from apps.reports.canonical import FORMAT, VERSION
from apps.reports.errors import NotForItsReaders, PanelNotForItsReaders
from apps.reports.evidence import Part, Words, problems, report_parts
from apps.reports.held_pieces import HTML, TEXT, Pieces
from apps.reports.images.queries import image_bytes, images_among
from apps.reports.kinds.kind import Drawn, KeptPicture
from apps.reports.marks.drawing import Drawing, live_drawing
from apps.reports.models import Revision
from apps.reports.rendering import pieces as read_pieces
from apps.reports.run_evidence import kept_diffs, run_evidence
from apps.reports.run_facts import run_facts
from apps.reports.text.compared import comparison_facts
from apps.runs.access import AnyUser
from apps.runs.models import Project, Visibility

_OPENNESS = (Visibility.PRIVATE, Visibility.TEAM, Visibility.PUBLIC)


class Frozen(NamedTuple):
    """facts: all that is shown, pieces named by their SHA-256. run_ids: whose runs it rests on."""

    facts: dict[str, Any]
    pieces: Pieces
    run_ids: list[int]

    @property
    def evidence(self) -> dict[str, Any]:
        """The facts without what is drawn from them: the same chart drawn again has other names inside of its SVG."""
        panels = [
            {**panel, "charts": [{**chart, "pictures": sorted(chart["pictures"])} for chart in panel["charts"]]}
            for panel in self.facts["panels"]
        ]
        return {**{name: value for name, value in self.facts.items() if name != "html"}, "panels": panels}


def drawn_charts(parts: Sequence[Part]) -> int:
    """How many charts there are to be drawn."""
    return sum(part.content.drawings for part in parts if isinstance(part, Drawn))


def readable_parts(user: AnyUser, revision: Revision) -> list[Part]:
    """What a revision shows.

    Raises NotForItsReaders and PanelNotForItsReaders when that is more than all readers of the report may see.
    """
    project = revision.report.project
    read = read_pieces(revision.markdown, title=revision.title)
    seen = live_drawing(user, project, read)
    named = {run_id: run for run_id, run in seen.runs.items() if _as_open(run.project, project)}
    parts = report_parts(user, project, read, Drawing(named, seen.images, kept_in=revision.report))
    drawn = [part for part in parts if isinstance(part, Drawn)]
    others = {run.project_id: run.project for part in drawn for run in part.runs}
    closed = sorted(str(one) for one in others.values() if not _as_open(one, project))
    if closed:
        raise NotForItsReaders(closed)
    panels = {part.content.custom_panel for part in drawn if part.content.custom_panel is not None}
    hidden = sorted(panel.name for panel in panels if not (panel.open_to_all and _as_open(panel.project, project)))
    if hidden:
        raise PanelNotForItsReaders(hidden)
    return parts


def frozen(revision: Revision, parts: Sequence[Part], progress: Callable[[], object]) -> Frozen:
    """Everything that the parts of a revision show. progress: called with each chart.

    Raises PicturesBusy, SnapshotTooLarge.
    """
    report, held = revision.report, Pieces()
    drawn = [part for part in parts if isinstance(part, Drawn)]
    charts = {part.number: part.content.kept(part, held, progress) for part in drawn}
    run_ids = list(dict.fromkeys(run_id for part in drawn for run_id in _run_ids(part, charts[part.number])))
    known = run_facts(run_ids)
    kept = _runs_kept(known, held)
    keys = {key for part in drawn for key in part.content.keys}
    figures = heads(run_ids, keys)
    shown = [(part, charts[part.number]) if isinstance(part, Drawn) else (part, []) for part in parts]
    html = render_to_string("reports/_frozen_body.html", {"report": report, "project": report.project, "shown": shown})
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "report": report.slug,
        "project": str(report.project),
        "revision": revision.n,
        "title": revision.title,
        "author": revision.author.get_username() if revision.author else None,
        "markdown": revision.markdown,
        "html": held.add(html.encode(), HTML),
        "images": _images_kept(report.project, parts, held),
        "panels": [_panel(part, charts[part.number]) for part in drawn],
        "runs": kept,
        "figures": {
            ids.to_text(run_id): {key: figures_of(head) for key, head in of_run.items()}
            for run_id, of_run in figures.items()
        },
        "problems": problems(parts),
        "comparison": comparison_facts(report.project, drawn, known),
    }
    return Frozen(facts, held, run_ids)


def _images_kept(project: Project, parts: Sequence[Part], held: Pieces) -> list[str]:
    """The pieces of the pictures among the words."""
    sums = {one for part in parts if isinstance(part, Words) for one in part.images}
    found = images_among(project, sums).values()
    return sorted(held.add(image_bytes(image), image.media_type) for image in found)


def _runs_kept(known: Mapping[int, dict[str, Any]], held: Pieces) -> dict[str, str]:
    """The pieces of the runs' facts, by run. Packages and uncommitted diffs are pieces that these facts name."""
    evidence = run_evidence(list(known))
    for body in kept_diffs(list(known)).values():
        held.add(body, TEXT)
    kept = {}
    for run_id, facts in known.items():
        more = evidence.get(run_id)  # the run may be gone by now
        if more and more.packages:
            held.add_json(more.packages)
        kept[ids.to_text(run_id)] = held.add_json({**facts, **(more.facts if more else {})})
    return kept


def _panel(part: Drawn, charts: Sequence[KeptPicture]) -> dict[str, Any]:
    return {
        "line": part.block.line,
        "kind": part.block.kind.name,
        "title": part.title,
        **part.content.view,
        "runs": [ids.to_text(run_id) for run_id in _run_ids(part, charts)],
        "charts": [chart.facts for chart in charts],
        "notes": list(part.block.notes),
    }


def _run_ids(part: Drawn, charts: Sequence[KeptPicture]) -> list[int]:
    """The runs of a block, and those that its charts show beside them."""
    beside = (run_id for chart in charts for run_id in chart.run_ids)
    return list(dict.fromkeys([*(run.id for run in part.runs), *beside]))


def figures_of(head: Head) -> dict[str, Any]:
    """What a snapshot says of a metric of a run."""
    return {
        "last": head.last,
        "min": head.min,
        "max": head.max,
        "points": head.points,
        "last_step": str(head.last_step),
        "not_finite": head.nan + head.pinf + head.ninf,
    }


def _as_open(other: Project, project: Project) -> bool:
    """Whether all who may read the project may read the other one."""
    openness = _OPENNESS.index(Visibility(other.visibility))
    enough = openness >= _OPENNESS.index(Visibility(project.visibility))
    return enough and (other.team_id == project.team_id or other.visibility != Visibility.PRIVATE)
