"""A dossier as one Markdown file that needs nothing else: for a ticket, a folder, an auditor.

Texts of users stand in code, where they are neither links nor formatting.
"""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.core.templatetags.figures import figure
from apps.provenance.groups import Facts, Group, by_code, by_command, by_data, by_environment, seeds_of
from apps.reports.text.inert import code, link_words

MAX_CODE = 500  # columns of a text in code
NO_REPORT = "No published report rests on it."
NO_COMMIT = "No commit was recorded: the training ran in no git repository."
NO_DIFF = "There were uncommitted changes, but their diff was not recorded."
NO_DATA = (
    "No data reference was recorded; `PATCH /api/v1/runs/<id>/` with "
    '`{"provenance": {"data": {"digits": "v3"}}}` does that.'
)
NO_ENVIRONMENT = "No environment was recorded; the Python client does that by itself."
NO_PACKAGES = "No packages were recorded."
NO_CLASSES = "No class table was logged; `run.log_class_table` does that."
NO_SEED = "no seed in its config"


def markdown(dossier: Mapping[str, Any], address: Callable[[str], str]) -> str:
    """The whole dossier. address: of a path of this site."""
    runs = dossier["runs"]
    named = dossier["of"]
    lines = [
        f"# Provenance of {named['kind']} {link_words(named['name'])}",
        "",
        f"Project {_code(dossier['project'])}.",
    ]
    lines += ["", "## Reports", "", *_reports(dossier, address)]
    lines += ["", "## Runs", "", *_runs(runs, dossier["runs_total"])]
    lines += ["", "## Code", "", *_codes(runs, dossier["diffs"])]
    lines += ["", "## Data", "", *_data(runs)]
    lines += ["", "## Environment", "", *_environments(runs, dossier["packages"])]
    lines += ["", "## Classes", "", *_classes(runs), ""]
    return "\n".join(lines)


def _reports(dossier: Mapping[str, Any], address: Callable[[str], str]) -> list[str]:
    lines = []
    for one in dossier["reports"]:
        by = f" by {_code(one['published_by'])}" if one["published_by"] else ""
        verdict = f": **{link_words(one['verdict'])}**" if one["verdict"] else ""
        lines.append(f"- [{link_words(one['title'])}]({address(one['path'])}), version {one['version']}{verdict}")
        lines.append(f"  published {one['published_at'][:19]} UTC{by}, SHA-256 {_code(one['sha256'])}")
    lines += [
        f"- draft [{link_words(one['title'])}]({address(one['path'])}), revision {one['revision']}"
        for one in dossier["drafts"]
    ]
    return lines or [NO_REPORT]


def _runs(runs: Sequence[Facts], total: int) -> list[str]:
    if not runs:
        return ["None."]
    lines = ["| run | id | state | started | starts | seeds |", "| --- | --- | --- | --- | --- | --- |"]
    for run in runs:
        seeds = ", ".join(f"{name}={value}" for name, value in seeds_of(run).items())
        cells = [_code(run["name"]), _code(run["id"]), run["state"], _moment(run["started_at"]), str(run["attempt"])]
        lines.append(f"| {' | '.join([*cells, _code(seeds) if seeds else NO_SEED])} |")
    if total > len(runs):
        lines += ["", f"{len(runs)} of {total:,} runs."]
    return lines


def _codes(runs: Sequence[Facts], diffs: Mapping[str, str]) -> list[str]:
    lines = []
    for group in by_code(runs):
        shared = group.shared
        lines.append(f"- commit {_code(shared['commit'])}" if shared["commit"] else f"- {NO_COMMIT}")
        for name in ("branch", "remote"):
            lines += [f"  - {name} {_code(shared[name])}"] if shared[name] else []
        if shared["uncommitted"]:
            size, name = shared["uncommitted"]["size"], shared["uncommitted"]["sha256"]
            kept = "below" if name in diffs else "its text is not kept here"
            lines.append(f"  - uncommitted diff of {size:,} bytes, SHA-256 {_code(name)}: {kept}")
        elif shared["dirty"]:
            lines.append(f"  - {NO_DIFF}")
        elif shared["dirty"] is False:
            lines.append("  - nothing uncommitted")
        lines.append(f"  - {_names(group)}")
    for one in by_command(runs):
        lines.append(f"- command {_code(one.shared)}: {_names(one)}")
    for name, text in diffs.items():
        lines += ["", f"### Uncommitted diff {name[:12]}", "", *_fenced(text, "diff")]
    return lines or [NO_COMMIT]


def _data(runs: Sequence[Facts]) -> list[str]:
    lines = []
    for group in by_data(runs):
        said = [f"  - {_code(name)}: {_code(str(value))}" for name, value in group.shared.items()]
        lines += [f"- {_names(group)}", *(said or [f"  - {NO_DATA}"])]
    return lines or [NO_DATA]


def _environments(runs: Sequence[Facts], packages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for group in by_environment(runs):
        lines.append(f"- {_names(group)}")
        said = [f"  - {_code(name)}: {_code(value)}" for name, value in group.shared["environment"].items()]
        lines += said or [f"  - {NO_ENVIRONMENT}"]
        kept = group.shared["packages"]
        lines.append(
            f"  - {kept['count']:,} packages, SHA-256 {_code(kept['sha256'])}" if kept else f"  - {NO_PACKAGES}"
        )
    for name, versions in packages.items():
        listed = "\n".join(f"{package}=={version}" for package, version in versions.items())
        lines += ["", f"### Packages {name[:12]}", "", *_fenced(listed, "")]
    return lines or [NO_ENVIRONMENT]


def _classes(runs: Sequence[Facts]) -> list[str]:
    lines = []
    for run in runs:
        for table in run.get("class_tables") or []:
            worst = ", ".join(f"{_code(one['class'])} {figure(one['value'])}" for one in table["worst"])
            about = f"step {table['step']}, {table['classes']:,} classes"
            said = f"; worst {_code(table['metric'])}: {worst}" if worst else ""
            lines.append(f"- {_code(run['name'])}, table {_code(table['key'])}, {about}{said}")
    return lines or [NO_CLASSES]


def _names(group: Group) -> str:
    shown = ", ".join(_code(run["name"]) for run in group.runs[:10])
    more = f" and {len(group.runs) - 10} more" if len(group.runs) > 10 else ""
    return f"runs: {shown}{more}"


def _moment(at: int | None) -> str:
    """ms since epoch as a time of UTC."""
    return "–" if at is None else f"{datetime.datetime.fromtimestamp(at / 1000, datetime.UTC):%Y-%m-%d %H:%M} UTC"


def _code(text: str) -> str:
    return code(text, MAX_CODE)


def _fenced(text: str, language: str) -> list[str]:
    """A text in a fence that it cannot end."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text.rstrip("\n"), fence]
