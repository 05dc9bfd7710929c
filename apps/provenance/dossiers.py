"""Everything that led to a report, a commit or a run, as one document: pages and exports show it and nothing else."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, Q

from apps.provenance.commits import runs_of_commit
from apps.reports.canonical import canonical
from apps.reports.models import Report, Snapshot, SnapshotRun
from apps.reports.run_evidence import kept_diffs, run_evidence
from apps.reports.run_facts import run_facts
from apps.reports.snapshot_queries import pieces_of
from apps.reports.text.points import points
from apps.runs.access import AnyUser, readable_projects
from apps.runs.models import Project, Run

FORMAT, VERSION = "paceline-provenance", 1
MAX_RUNS = 200  # of a dossier; those left out are counted
MAX_REPORTS = 20  # versions, the newest
MAX_DRAFTS = 20
MAX_NAMED = 20  # runs that drafts are searched for

Dossier = dict[str, Any]


def run_dossier(user: AnyUser, run: Run) -> Dossier:
    """What led to a run, and what rests on it."""
    named = {"kind": "run", "name": run.name, "path": run.get_absolute_url()}
    return _living(user, run.project, named, [run.pk], total=1)


def commit_dossier(user: AnyUser, project: Project, commit: str) -> Dossier:
    """What was made from the commits of a project that begin so."""
    found = runs_of_commit(project, commit)
    run_ids = list(found.values_list("id", flat=True)[:MAX_RUNS])
    total = found.count() if len(run_ids) == MAX_RUNS else len(run_ids)
    path = f"/{project.team.slug}/{project.slug}/commits/{commit}/"
    return _living(user, project, {"kind": "commit", "name": commit, "path": path}, run_ids, total=total)


def snapshot_dossier(report: Report, snapshot: Snapshot) -> Dossier:
    """What led to a published version, from what was kept with it and nothing else."""
    said = snapshot.said
    names = list(said["runs"].values())
    bodies = pieces_of(report, names[:MAX_RUNS])
    runs = [orjson.loads(bodies[name]) for name in names[:MAX_RUNS] if name in bodies]
    packages = {one["packages"]["sha256"] for one in runs if one.get("packages")}
    diffs = {one["uncommitted"]["sha256"] for one in runs if one.get("uncommitted")}
    kept = pieces_of(report, packages | diffs)
    return {
        **_head({"kind": "report", "name": snapshot.title, "path": snapshot.get_absolute_url()}, report.project),
        "reports": [_published(report, snapshot)],
        "drafts": [],
        "runs": runs,
        "runs_total": len(names),
        "packages": {name: orjson.loads(kept[name]) for name in sorted(packages) if name in kept},
        "diffs": {name: kept[name].decode(errors="replace") for name in sorted(diffs) if name in kept},
    }


def dossier_bytes(dossier: Dossier) -> bytes:
    """The one form in which a dossier is written down: the same facts, the same bytes."""
    return canonical(dossier)


def _living(user: AnyUser, project: Project, named: dict[str, str], run_ids: Sequence[int], *, total: int) -> Dossier:
    """What is known of these runs now: the queries do not grow with them, but for one per 100."""
    published = _publications(user, run_ids)
    facts, evidence, diffs = run_facts(run_ids), run_evidence(run_ids), kept_diffs(run_ids)
    runs = [{**facts[one], **evidence[one].facts} for one in run_ids if one in facts and one in evidence]
    packages = {more.facts["packages"]["sha256"]: more.packages for more in evidence.values() if more.facts["packages"]}
    return {
        **_head(named, project),
        "reports": [_published(one.report, one) for one in published],
        "drafts": _drafts(project, [one["id"] for one in runs], but={one.report_id for one in published}),
        "runs": runs,
        "runs_total": total,
        "packages": packages,
        "diffs": {name: body.decode(errors="replace") for name, body in sorted(diffs.items())},
    }


def _head(named: dict[str, str], project: Project) -> Dossier:
    return {"format": FORMAT, "version": VERSION, "of": named, "project": str(project)}


def _publications(user: AnyUser, run_ids: Collection[int]) -> list[Snapshot]:
    """The newest versions that rest on any of these runs and that the user may read: one query."""
    if not run_ids:
        return []
    resting = SnapshotRun.objects.filter(snapshot=OuterRef("pk"), run_id__in=run_ids)
    found = Snapshot.objects.filter(Exists(resting), report__project__in=readable_projects(user))
    found = found.select_related("report__project__team", "published_by").order_by("-published_at", "-id")
    return list(found[:MAX_REPORTS])


def _published(report: Report, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "title": snapshot.title,
        "path": snapshot.get_absolute_url(),
        "project": str(report.project),
        "version": snapshot.n,
        "revision": snapshot.revision,
        "sha256": snapshot.sha256,
        "published_at": snapshot.published_at.isoformat(),
        "published_by": snapshot.published_by.get_username() if snapshot.published_by else None,
        "verdict": _verdict(snapshot.said),
    }


def _verdict(said: dict[str, Any]) -> str:
    """The verdict of a version on its main metric, in words; "" of one without."""
    found = said.get("comparison")
    return points(said, found)[0].replace("*", "").replace("`", "") if found else ""


def _drafts(project: Project, slugs: Sequence[str], *, but: Collection[int]) -> list[dict[str, Any]]:
    """Other reports of the project whose newest text names one of the first MAX_NAMED runs by its id: one query."""
    names = Q()
    for slug in slugs[:MAX_NAMED]:
        names |= Q(markdown__icontains=slug)
    if not names:
        return []
    found = (
        Report.objects.filter(names, project=project)
        .exclude(id__in=but)
        .defer("markdown")
        .order_by("-updated_at", "-id")
    )
    return [
        {"title": one.title, "path": f"{one.get_absolute_url()}draft/", "revision": one.revision}
        for one in found[:MAX_DRAFTS]
    ]
