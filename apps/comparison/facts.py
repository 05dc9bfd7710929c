"""What a run's provenance says, by the sections of a comparison. Anybody wrote it: trust nothing. No Django."""

import re
from collections.abc import Mapping
from typing import Any

from apps.comparison.trees import flattened
from apps.runs.code_facts import size

NEVER_SHOWN = {"diff", "session", "started_at", "pid", "untracked_total"}  # what any two runs differ in
ELSEWHERE = {"command", "packages", "hardware", "host", "cpus", "git", "untracked", "data"}  # in sections of their own
_SEPARATORS = re.compile(r"[-_.]+")
_MEMORY = ("memory", "memory_limit")


def environment(provenance: Any) -> dict[str, Any]:
    """Python, system, user, folder, job, and whatever else was sent that no other section shows."""
    known = _mapping(provenance)
    return flattened({name: value for name, value in known.items() if name not in NEVER_SHOWN | ELSEWHERE})


def packages(provenance: Any) -> dict[str, Any]:
    """Names to versions. Spellings that are one to pip are one here: Foo_Bar is foo-bar."""
    named = _mapping(_mapping(provenance).get("packages"))
    return {_SEPARATORS.sub("-", name).lower(): version for name, version in sorted(named.items())}


def hardware(provenance: Any) -> dict[str, Any]:
    """Host, processor, memory and GPUs; sizes in words, since two machines alike differ by some bytes."""
    known = _mapping(provenance)
    machine = _with_sizes(_mapping(known.get("hardware")))
    host = {"host": known["host"]} if known.get("host") else {}
    cpus = {"cpus": known["cpus"]} if "cpus" in known and "cpu" not in machine else {}
    return flattened({**host, **cpus, **machine})


def _with_sizes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: (name in _MEMORY and size(inner)) or _with_sizes(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_sizes(inner) for inner in value]
    return value


def data(provenance: Any) -> dict[str, Any]:
    """What a run says it was made from: provenance.data, names to versions, addresses or digests."""
    named = _mapping(provenance).get("data")
    return flattened(named if isinstance(named, Mapping) else {"data": named} if named else {})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
