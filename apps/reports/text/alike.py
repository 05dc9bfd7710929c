"""Runs that are alike but for their seed: what a comment has one line for."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from apps.comparison.previous import stem
from apps.panels.queries import SEEDS
from apps.runs.values_flat import leaves

Facts = Mapping[str, Any]  # of a run, as run_facts.py writes them
SHOWN_COMMIT = 7


class Alike(NamedTuple):
    """Runs that differ in nothing that is known of them but their seed; one run alone differs from all others."""

    name: str
    runs: list[Facts]

    @property
    def seeds(self) -> bool:
        return len(self.runs) > 1


def alike(runs: Sequence[Facts]) -> list[Alike]:
    """The runs in lines, in the order in which each line's first run comes.

    Runs are alike when they have different seeds and all else is the same: config, commit, uncommitted changes, data,
    project, group and job type. Without a seed in their config nobody knows, and each stands alone.
    """
    found: dict[bytes, list[Facts]] = {}
    for run in runs:
        seeds = _seeds(run)
        key = _but_for_seeds(run) if seeds else run["id"].encode()
        taken = found.setdefault(key, [])
        if any(_seeds(other) == seeds for other in taken):  # the same again: told by its name, if at all
            found[run["id"].encode()] = [run]
        else:
            taken.append(run)
    groups = list(found.values())
    return [Alike(name, of_group) for name, of_group in zip(_names(groups), groups, strict=True)]


def _seeds(run: Facts) -> dict[str, Any]:
    return {name: value for name, value in leaves(run["config"]) if is_seed(name)}


def is_seed(name: str) -> bool:
    return name.rpartition(".")[2].lower() in SEEDS


def settings_of(run: Facts) -> dict[str, Any]:
    """The config by dotted names, without seeds."""
    return {name: value for name, value in leaves(run["config"]) if not is_seed(name)}


def _but_for_seeds(run: Facts) -> bytes:
    facts = [settings_of(run), run["code"]["commit"], run["uncommitted"], run["data"]]
    facts += [run["project"], run["group"], run["job_type"]]
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _names(groups: Sequence[Sequence[Facts]]) -> list[str]:
    """A name for each line, each different: that of its runs as far as they share it, else what tells it apart."""
    names = [_shared(group) for group in groups]
    for tell in (_by_settings, _by_commit, _by_number):
        same = [place for place, name in enumerate(names) if names.count(name) > 1]
        told = tell([groups[place][0] for place in same], [names[place] for place in same])
        for place, name in zip(same, told, strict=True):
            names[place] = name
    return names


def _shared(group: Sequence[Facts]) -> str:
    for names in ({run["name"] for run in group}, {stem(run["name"]) for run in group}):
        if len(names) == 1:
            return str(names.pop())
    return str(group[0]["group"] or stem(group[0]["name"]))


def _by_settings(runs: Sequence[Facts], names: Sequence[str]) -> list[str]:
    """By the settings that differ: lr=0.1, model=cnn."""
    settings = [settings_of(run) for run in runs]
    differing = [
        name
        for name in dict.fromkeys(name for one in settings for name in one)
        if len({orjson.dumps(one.get(name)) for one in settings}) > 1
    ]
    if not differing:
        return list(names)
    return [", ".join(f"{name}={one[name]}" for name in differing if name in one) or "no settings" for one in settings]


def _by_commit(runs: Sequence[Facts], names: Sequence[str]) -> list[str]:
    commits = [run["code"]["commit"][:SHOWN_COMMIT] for run in runs]
    if len(set(commits)) < 2:
        return list(names)
    return [f"{name} {commit}".strip() for name, commit in zip(names, commits, strict=True)]


def _by_number(runs: Sequence[Facts], names: Sequence[str]) -> list[str]:
    return [f"{name} ({number})" for number, (_, name) in enumerate(zip(runs, names, strict=True), 1)]
