"""Writes to the values index, which filters and sorted lists read.

The JSON columns of a run and the heads of its series stay the truth: the index can be made anew from them at any time.
Only what differs is written, so noting a run that has not changed costs one read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.history.queries import heads, rewrites
from apps.runs.models import Namespace, Run, RunValue, ValueKey
from apps.runs.values_flat import MAX_NAME, MAX_NAMES, MAX_TEXT, Value, indexed_values

Name = tuple[str, str]  # namespace, name
MOVED_AT_ONCE, MOVED_ROWS = 20, 1_000  # runs whose values are read together, rows of one statement
REFRESH_TRIES = 3  # each compaction brings its own refresh, so that giving up loses nothing
METRIC_FIGURES = {"last": Namespace.METRIC_LAST, "min": Namespace.METRIC_MIN, "max": Namespace.METRIC_MAX}
_OF_DOCUMENTS = (Namespace.RUN, Namespace.TAG, Namespace.CONFIG, Namespace.SUMMARY, Namespace.SYSTEM)
_KEPT_ABOVE = (Namespace.CLASS, Namespace.COST)
_REFRESHED = tuple(one for one in Namespace if one not in _KEPT_ABOVE)
_NOT_SYSTEM = ("diff", "untracked", "packages", "session", "started_at", "pid")  # long, or another in every run
_READ = (
    "id",
    "project",
    "name",
    "group",
    "job_type",
    "tags",
    "config",
    "summary",
    "provenance",
    "created_at",
    "started_at",
)
keepers: list[Callable[[int], object]] = []  # apps above: each writes anew what it keeps in the index of a run


def note_documents(run: Run, namespaces: Sequence[str] = _OF_DOCUMENTS) -> None:
    """Write what differs of a run's own facts; call it in the transaction that saves them. namespaces: what may."""
    _write(run, namespaces, _document_values(run, namespaces))


def note_tag(project_id: int, run_ids: Sequence[int], tag: str, *, there: bool) -> None:
    """Write that runs of a project have a tag, or have it no more; call it in the transaction that saves them."""
    if len(tag) > MAX_NAME or not run_ids:
        return
    name = (Namespace.TAG.value, tag)
    if there:
        (key_id,) = _keys(project_id, [name]).values()
        RunValue.objects.bulk_create([_row(run_id, key_id, 1.0) for run_id in run_ids], ignore_conflicts=True)
    else:
        key_ids = list(_known_keys(project_id, [name]).values())
        RunValue.objects.filter(key_id__in=key_ids, run_id__in=run_ids).delete()


def move_values(run_ids: Sequence[int], project_id: int) -> None:
    """Let the values of runs go by the names of another project; call it in the transaction that moves the runs."""
    for begin in range(0, len(run_ids), MOVED_AT_ONCE):
        stored = RunValue.objects.filter(run_id__in=run_ids[begin : begin + MOVED_AT_ONCE])
        rows = list(stored.values_list("run_id", "key__namespace", "key__name", "number", "text"))
        key_ids = _keys(project_id, {(namespace, name) for _, namespace, name, _, _ in rows})
        stored.delete()
        RunValue.objects.bulk_create(
            [
                RunValue(run_id=run_id, key_id=key_ids[namespace, name], number=number, text=text)
                for run_id, namespace, name, number, text in rows
            ],
            batch_size=MOVED_ROWS,
        )


def note_kept(run_id: int, namespace: str, values: Callable[[], Mapping[str, Value]]) -> int:
    """Write what differs of a namespace that an app above keeps, and give how many values it has; 0 without the run.

    values: by name, asked for once the run is locked: of several that write at once the last reads what is newest.
    """
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(id=run_id).only("id", "project").first()
        if run is None:
            return 0
        wanted = {(namespace, name): value for name, value in values().items()}
        _write(run, [namespace], wanted)
        return len(wanted)


def reindex(run_id: int) -> None:
    """Write what differs of all that the index holds of a run, what apps above keep in it too."""
    refresh_values(run_id)
    for keeper in keepers:
        keeper(run_id)


def refresh_values(run_id: int) -> None:
    """Write what differs of a run's documents and metrics. Without the run, and done twice, it does nothing.

    Metrics are read before the run is locked, and again when its points were compacted meanwhile: so what an older
    compaction left never replaces what a newer one did.
    """
    for _ in range(REFRESH_TRIES):
        version = rewrites(run_id)
        metrics = _metric_values(run_id)
        with transaction.atomic():
            run = Run.objects.select_for_update().filter(id=run_id).only(*_READ).first()
            if run is None:
                return
            if rewrites(run_id) == version:
                _write(run, _REFRESHED, _document_values(run) | metrics)
                return


def _document_values(run: Run, namespaces: Sequence[str] = _OF_DOCUMENTS) -> dict[Name, Value]:
    found: dict[Name, Value] = {}
    if Namespace.RUN in namespaces:
        found |= {
            (Namespace.RUN, "name"): run.name[:MAX_TEXT],
            (Namespace.RUN, "group"): run.group[:MAX_TEXT],
            (Namespace.RUN, "job_type"): run.job_type[:MAX_TEXT],
            (Namespace.RUN, "created"): run.created_at.timestamp(),
            (Namespace.RUN, "started"): run.started_at.timestamp(),
        }
    if Namespace.TAG in namespaces:
        found |= {(Namespace.TAG, tag): 1.0 for tag in run.tags if len(tag) <= MAX_NAME}
    system = {name: value for name, value in run.provenance.items() if name not in _NOT_SYSTEM}
    for namespace, document in (
        (Namespace.CONFIG, run.config),
        (Namespace.SUMMARY, run.summary),
        (Namespace.SYSTEM, system),
    ):
        if namespace in namespaces:
            found |= {(namespace, name): value for name, value in indexed_values(document).items()}
    return found


def _metric_values(run_id: int) -> dict[Name, Value]:
    found: dict[Name, Value] = {}
    for name, head in list(heads([run_id])[run_id].items())[:MAX_NAMES]:
        for figure, namespace in METRIC_FIGURES.items():
            value = getattr(head, figure)
            if value is not None:
                found[namespace, name] = value
    return found


def _write(run: Run, namespaces: Iterable[str], wanted: Mapping[Name, Value]) -> None:
    """Make wanted all that the index holds of a run in these namespaces: one read, and a write where it differs."""
    stored = RunValue.objects.filter(run=run, key__namespace__in=list(namespaces))
    key_ids: dict[Name, int] = {}
    same: set[Name] = set()
    gone: list[int] = []
    for key_id, namespace, name, number, text in stored.values_list(
        "key_id", "key__namespace", "key__name", "number", "text"
    ):
        one = (namespace, name)
        key_ids[one] = key_id
        if one not in wanted:
            gone.append(key_id)
        elif _same(wanted[one], number if text is None else text):
            same.add(one)
    changed = [name for name in wanted if name not in same]
    key_ids |= _keys(run.project_id, [name for name in changed if name not in key_ids])
    if gone:
        RunValue.objects.filter(run=run, key_id__in=gone).delete()
    RunValue.objects.bulk_create(
        [_row(run.id, key_ids[name], wanted[name]) for name in changed],
        update_conflicts=True,
        unique_fields=["run", "key"],
        update_fields=["number", "text"],
    )


def _same(one: Value, other: Any) -> bool:
    return isinstance(one, str) == isinstance(other, str) and bool(one == other)


def _row(run_id: int, key_id: int, value: Value) -> RunValue:
    if isinstance(value, str):
        return RunValue(run_id=run_id, key_id=key_id, text=value)
    return RunValue(run_id=run_id, key_id=key_id, number=value)


def _keys(project_id: int, names: Iterable[Name]) -> dict[Name, int]:
    """The ids of a project's names, made where they are missing; in one order, so that writers at once do not lock."""
    missing = sorted(names)
    if not missing:
        return {}
    found = _known_keys(project_id, missing)
    new = [
        ValueKey(project_id=project_id, namespace=one, name=name) for one, name in missing if (one, name) not in found
    ]
    if new:
        ValueKey.objects.bulk_create(new, ignore_conflicts=True)
        found = _known_keys(project_id, missing)
    return found


def _known_keys(project_id: int, names: list[Name]) -> dict[Name, int]:
    wanted = set(names)
    rows = ValueKey.objects.filter(
        project_id=project_id, namespace__in={one for one, _ in names}, name__in={name for _, name in names}
    )
    return {
        (namespace, name): key_id
        for key_id, namespace, name in rows.values_list("id", "namespace", "name")
        if (namespace, name) in wanted
    }
