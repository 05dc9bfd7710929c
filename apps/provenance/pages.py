"""A dossier as its page shows it."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.core.diffs import parsed
from apps.core.shown_diffs import ShownFile
from apps.core.templatetags.figures import figure
from apps.provenance.commits import COMMIT
from apps.provenance.groups import Facts, Group, by_code, by_command, by_data, by_environment, seeds_of
from apps.runs import code_facts
from apps.workspace.kept_diffs import DIFF_LINES
from apps.workspace.shown_diffs import coloured_files

MAX_NAMED = 12  # runs of a group that are named
MAX_DIFFS = 5  # different ones that are shown; the exports hold all
MAX_TABLES = 50  # class tables
MAX_PACKAGES = 300


class ShownGroup(NamedTuple):
    """What some runs share: shared as the dossier has it. more: runs beyond those named."""

    shared: Any
    runs: Sequence[Facts]
    more: int


class ShownCode(NamedTuple):
    """A state of code. url: of the commit at its host; path: of its page here. files: of the diff that is shown.

    diff: "shown", "cut" (the first lines are), "kept" (in the exports), "lost" or "".
    """

    group: ShownGroup
    url: str
    path: str
    files: list[ShownFile]
    diff: str


class ShownEnvironment(NamedTuple):
    """Where runs ran. packages: the first MAX_PACKAGES with versions; left_out: how many more there are."""

    group: ShownGroup
    packages: list[tuple[str, Any]]
    left_out: int


class ShownRun(NamedTuple):
    """A run, its seeds in words, when it began, and its later starts."""

    facts: Facts
    seeds: str
    began: datetime.datetime | None
    resumed: list[datetime.datetime]


class ShownTable(NamedTuple):
    """The worst classes of a class table, in words."""

    run: Facts
    table: Mapping[str, Any]
    worst: list[tuple[str, str]]


def page_of(dossier: Mapping[str, Any]) -> dict[str, Any]:
    """The context of provenance/page.html but for its frame."""
    runs = dossier["runs"]
    tables = [(run, table) for run in runs for table in run.get("class_tables") or []]
    return {
        "dossier": dossier,
        "reports": [{**one, "at": datetime.datetime.fromisoformat(one["published_at"])} for one in dossier["reports"]],
        "runs": [_run(run) for run in runs],
        "left_out": dossier["runs_total"] - len(runs),
        "codes": _codes(dossier),
        "commands": [_group(one) for one in by_command(runs)],
        "data": [_group(one) for one in by_data(runs)],
        "environments": [_environment(one, dossier["packages"]) for one in by_environment(runs)],
        "tables": [_table(*one) for one in tables[:MAX_TABLES]],
        "tables_left_out": max(0, len(tables) - MAX_TABLES),
    }


def _group(group: Group) -> ShownGroup:
    return ShownGroup(group.shared, group.runs[:MAX_NAMED], max(0, len(group.runs) - MAX_NAMED))


def _run(run: Facts) -> ShownRun:
    began = run.get("started_at")
    starts = [datetime.datetime.fromisoformat(one) for one in run.get("attempts") or []]
    return ShownRun(
        run,
        ", ".join(f"{name} {value}" for name, value in seeds_of(run).items()),
        datetime.datetime.fromtimestamp(began / 1000, datetime.UTC) if began is not None else None,
        starts[1:],
    )


def _codes(dossier: Mapping[str, Any]) -> list[ShownCode]:
    found = []
    shown: set[str] = set()
    for group in by_code(dossier["runs"]):
        code, uncommitted = group.shared, group.shared["uncommitted"]
        files: list[ShownFile] = []
        state = ""
        if uncommitted:
            name = uncommitted["sha256"]
            text = dossier["diffs"].get(name)
            if text is None:
                state = "lost"
            elif name not in shown and len(shown) == MAX_DIFFS:
                state = "kept"
            else:
                shown.add(name)
                diff = parsed(text, DIFF_LINES)
                files, state = coloured_files(diff.files), "cut" if diff.left_out else "shown"
        commit = code["commit"]
        path = f"/{dossier['project']}/commits/{commit}/" if COMMIT.fullmatch(commit) else ""
        found.append(ShownCode(_group(group), code_facts.commit_url(code["remote"], commit), path, files, state))
    return found


def _environment(group: Group, packages: Mapping[str, Mapping[str, Any]]) -> ShownEnvironment:
    kept = group.shared["packages"]
    versions = list(packages.get(kept["sha256"], {}).items()) if kept else []
    return ShownEnvironment(_group(group), versions[:MAX_PACKAGES], max(0, len(versions) - MAX_PACKAGES))


def _table(run: Facts, table: Mapping[str, Any]) -> ShownTable:
    return ShownTable(run, table, [(one["class"], figure(one["value"])) for one in table["worst"]])
