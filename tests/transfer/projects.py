"""A project with a bit of everything, its archive, and an archive changed by hand."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from apps.artifacts.services import put_file
from apps.console.lines import Sent
from apps.console.services import append_lines
from apps.reports.services import create_report
from apps.runs.models import MetricDirection, Project, Run, State
from apps.tables.cost_services import change_costs
from apps.tables.costs import Costs
from apps.transfer.exporting import project_archive
from tests.factories import make_project, make_run, team_admin
from tests.tables.tables import Rows, put_matrices, put_some_curves, put_some_histogram, put_tables
from tests.transfer.histories import ODD, log

LONG_AGO = datetime(2024, 2, 29, 12, 0, 0, 123_456, tzinfo=UTC)


def full_project() -> Project:
    """Three runs (one resumed twice, one archived, one without points), their files and output, and a report on two."""
    project = make_project()
    project.description = "Digits, again"
    project.save()
    MetricDirection.objects.create(project=project, name="loss", direction="min")
    made = team_admin(project)
    first = make_run(
        project,
        name="first",
        client_id="abc",
        attempt=3,
        tags=["a", "ü"],
        notes="# Notes\n",
        group="g",
        job_type="train",
        state=State.FINISHED,
        finished_at=LONG_AGO,
        exit_message="done",
        config={"lr": 0.1, "deep": {"x": [1, None, "NaN"]}},
        summary={"acc": 0.5},
        provenance={"git": {"commit": "c0ffee"}},
        lost_points=7,
        created_by=made,
    )
    second = make_run(project, name="second", archived_at=LONG_AGO, state=State.FAILED)
    third = make_run(project, name="third")
    for place, run in enumerate((first, second, third)):
        Run.objects.filter(id=run.id).update(created_at=LONG_AGO + timedelta(seconds=place))
    log(first, {"loss": np.arange(2_000), "odd/ü": np.resize(ODD, 2_000)}, seq=1)
    log(first, {"loss": ODD}, step=np.arange(7) + 1_000, attempt=2, seq=2)
    log(first, {"loss": ODD}, step=np.arange(7) + 2**60, attempt=3, seq=3)
    log(second, {"loss": [1.0, 1.0, 0.5]}, step=[5, 5, 3])
    for attempt, texts in ((1, ["epoch 1", "\x1b[32mgood\x1b[0m"]), (2, ["epoch 2 — ü"])):
        lines = [Sent(1_700_000_000_000 + place, place % 2, text) for place, text in enumerate(texts)]
        append_lines(run_id=first.id, attempt=attempt, writer="w", seq=0, lines=lines, digest=b"8 bytes.")
    rows: Rows = {"8 <ü>": {"support": 3, "recall": float("nan")}, "=9": {"recall": 0.25}}
    for step, attempt in ((1, 1), (2**60, 1), (5, 2)):
        put_tables(first, rows, key="val/ü", step=step, attempt=attempt)
    put_matrices(first, classes=["8 <ü>", "=9"], key="val/ü", step=2**60)
    put_matrices(first, [[1, 2], [0, 3]], classes=["8 <ü>", "=9"], key="val/ü", step=5, attempt=2)
    put_some_curves(first, key="val/ü", step=2**60)
    put_some_histogram(first, key="weights/ü", step=5, attempt=2, nan=3)
    change_costs(project, Costs(2, {"=9": 4}, {("8 <ü>", "=9"): 8}), by=made)
    for run, path, body in ((first, "models/ü.bin", bytes(range(256))), (first, "empty", b""), (third, "a.txt", b"x")):
        put_file(run, path, io.BytesIO(body))
    create_report(
        project=project,
        author=made,
        title="Story",
        markdown=f"See [it](/runs/{first.slug}/).\n\n```panel\nkind: line\nkey: loss\nruns: [{second.slug}]\n```\n",
    )
    return project


def archive_of(project: Project) -> bytes:
    return b"".join(project_archive(project))


def members_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def manifest_of(archive: bytes) -> Any:
    return json.loads(members_of(archive)["manifest.json"])


def lines_of(archive: bytes, member: str = "runs.jsonl") -> list[Any]:
    return [json.loads(line) for line in members_of(archive)[member].splitlines()]


def packed(members: dict[str, bytes], manifest: Any = None, *, listed: bool = True) -> bytes:
    """An archive with these members. listed: write their sizes and digests into the manifest first."""
    manifest = json.loads(members["manifest.json"]) if manifest is None else manifest
    if listed:
        manifest["files"] = {
            name: {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in members.items()
            if name != "manifest.json"
        }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name, body in {**members, "manifest.json": json.dumps(manifest).encode()}.items():
            file.writestr(name, body)
    return sink.getvalue()


def with_line(archive: bytes, number: int, change: Callable[[Any], Any]) -> bytes:
    """The archive with one line of runs.jsonl changed, and all sums right again."""
    members = members_of(archive)
    lines = lines_of(archive)
    lines[number] = change(lines[number])
    members["runs.jsonl"] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    return packed(members)


def empty_archive() -> bytes:
    """The archive of a project without runs."""
    manifest = {
        "format": "paceline-project",
        "version": 1,
        "project": {},
        "counts": {"runs": 0, "points": 0, "series": 0, "lines": 0, "files": 0},
    }
    return packed({"runs.jsonl": b""}, manifest)
