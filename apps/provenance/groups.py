"""The runs of a dossier by what they share: code, data, environment. Pages and texts say each thing once. No Django."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from apps.comparison.trees import flattened
from apps.reports.canonical import canonical
from apps.reports.text.alike import is_seed
from apps.runs.values_flat import leaves

Facts = Mapping[str, Any]  # of a run, as run_facts.py and run_evidence.py write them


class Group(NamedTuple):
    """What some runs share, and these runs."""

    shared: Any
    runs: list[Facts]


def by_code(runs: Sequence[Facts]) -> list[Group]:
    """Commit, branch, remote and uncommitted changes."""
    return _grouped(runs, lambda one: {**one["code"], "uncommitted": one.get("uncommitted")})


def by_command(runs: Sequence[Facts]) -> list[Group]:
    """Command lines; runs without one are left out."""
    return [one for one in _grouped(runs, lambda run: run.get("command") or "") if one.shared]


def by_data(runs: Sequence[Facts]) -> list[Group]:
    """Names of data and what is said of them; {} of runs that say nothing."""
    return _grouped(runs, lambda one: _named(one.get("data")))


def by_environment(runs: Sequence[Facts]) -> list[Group]:
    """Environment, hardware, and packages by their sum."""
    return _grouped(
        runs,
        lambda one: {
            "environment": {**(one.get("environment") or {}), **(one.get("hardware") or {})},
            "packages": one.get("packages"),
        },
    )


def seeds_of(run: Facts) -> dict[str, Any]:
    """What of a run's config is a seed."""
    config = run.get("config")
    return {name: value for name, value in leaves(config if isinstance(config, dict) else {}) if is_seed(name)}


def _named(data: Any) -> dict[str, Any]:
    return flattened(data if isinstance(data, dict) else {"data": data} if data else {})


def _grouped(runs: Sequence[Facts], shared: Callable[[Facts], Any]) -> list[Group]:
    found: dict[bytes, Group] = {}
    for run in runs:
        value = shared(run)
        found.setdefault(canonical(value), Group(value, [])).runs.append(run)
    return list(found.values())
