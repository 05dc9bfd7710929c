"""What a machine did during a run: its series in sections for charts, in a few figures, and what follows from them.

Pure: names and figures in, words out. The series are those that clients log below system/ (client/paceline/system.py).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.history.queries import Head
from apps.panels.queries import LAST, Panel, Section
from apps.runs.code_facts import size

ENOUGH_READINGS = 30  # five minutes of ten seconds each: less tells nothing of a training
IDLE_GPU_PERCENT = 50.0
ONE_PROCESSOR_PERCENT = (85.0, 115.0)
FULL_MEMORY_PERCENT = 92.0
_GPU = re.compile(r"gpu/(\d{1,4})/(.+)")
_UNITS = (
    ("_bytes_per_second", "bytes/s"),
    ("_percent", "%"),
    ("_bytes", "bytes"),
    ("_celsius", "°C"),
    ("_watts", "W"),
)
_KNOWN = {
    "cpu_percent": ("CPU", "whole machine, %"),
    "process/cpu_percent": ("CPU", "this process, % of one processor"),
    "memory_percent": ("Memory", "whole machine, %"),
    "memory_bytes": ("Memory", "whole machine, bytes"),
    "process/memory_bytes": ("Memory", "this process, bytes"),
}
_ORDER = ("GPU", "CPU", "Memory", "Disk", "Network")


class _Series(NamedTuple):
    section: str
    title: str
    place: int  # of the GPU


def is_system(key: str) -> bool:
    """Whether a metric tells of the machine."""
    return key.partition("/")[0].lower() in LAST and "/" in key


def system_sections(keys: Iterable[str]) -> list[Section]:
    """The metrics of the machine in sections by what they measure, units in the titles; GPUs first.

    Of several GPUs each quantity is a section, so that those of one kind lie beside each other.
    """
    wanted = [key for key in keys if is_system(key)]
    several = len({found[1] for found in map(_gpu, wanted) if found}) > 1
    placed = sorted(((_place(key, several), key) for key in wanted), key=lambda one: (_rank(one[0]), one[1]))
    sections: dict[str, Section] = {}
    for series, key in placed:
        sections.setdefault(series.section, Section(series.section)).panels.append(Panel(key, series.title))
    return list(sections.values())


def _gpu(key: str) -> re.Match[str] | None:
    return _GPU.fullmatch(key.partition("/")[2])


def _place(key: str, several: bool) -> _Series:
    name = key.partition("/")[2]
    gpu = _gpu(key)
    if gpu:
        words, unit = _words(gpu[2])
        title = f"GPU {gpu[1]}{unit}" if several else f"{words}{unit}"
        return _Series(f"GPU {words}" if several else "GPU", title, int(gpu[1]))
    if name in _KNOWN:
        return _Series(*_KNOWN[name], 0)
    head, _, rest = name.partition("/")
    words, unit = _words(rest or head)
    section = head.capitalize() if head in ("disk", "network") and rest else "Other"
    return _Series(section, f"{words}{unit}" if section != "Other" else name, 0)


def _words(name: str) -> tuple[str, str]:
    """A name in words, and its unit after a comma where the name tells one."""
    for ending, unit in _UNITS:
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), f", {unit}"
    return name.replace("_", " "), ""


def _rank(series: _Series) -> tuple[int, str, int]:
    first = series.section.partition(" ")[0]
    known = _ORDER.index(first) if first in _ORDER else len(_ORDER)
    return known, "" if series.section == "GPU utilization" else series.section, series.place


class Figure(NamedTuple):
    """One line of the summary. value: in words; detail: more of it, for whoever points at it."""

    name: str
    value: str
    detail: str


@dataclass
class Summary:
    """figures: what was measured, in a few lines; remarks: what follows from them, where enough was measured."""

    figures: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def summary(heads: Mapping[str, Head]) -> Summary:
    """What the machine did, in figures over the visible points of its series."""
    known = {key.partition("/")[2]: head for key, head in heads.items() if is_system(key) and head.mean is not None}
    found = Summary()
    busy = _gpus(known, "utilization_percent")
    if busy:
        found.figures.append(_percent("GPU use", busy))
    memory = _gpus(known, "memory_bytes")
    if memory:
        found.figures.append(_most("GPU memory", memory))
    for title, name in (("CPU use", "cpu_percent"), ("CPU of this process", "process/cpu_percent")):
        if name in known:
            found.figures.append(_percent(title, [known[name]]))
    for title, name in (("Memory", "memory_bytes"), ("Memory of this process", "process/memory_bytes")):
        if name in known:
            found.figures.append(_most(title, [known[name]]))
    found.remarks += _remarks(known, busy)
    return found


def _remarks(known: Mapping[str, Head], busy: Sequence[Head]) -> list[str]:
    """What the figures mean, said only where enough readings agree."""
    said = []
    measured = min((head.points for head in busy), default=0)
    if measured >= ENOUGH_READINGS and _mean(busy) < IDLE_GPU_PERCENT:
        text = f"The GPU{'s' if len(busy) > 1 else ''} did something in {_mean(busy):.0f} % of the time only"
        process = known.get("process/cpu_percent")
        low, high = ONE_PROCESSOR_PERCENT
        if process is not None and process.mean is not None and low <= process.mean <= high:
            text += (
                f", while this process kept one processor busy ({process.mean:.0f} %): does it prepare the data alone?"
            )
        else:
            text += ": does the training wait for its data?"
        said.append(text)
    memory = known.get("memory_percent")
    if memory is not None and memory.points >= ENOUGH_READINGS and (memory.max or 0.0) >= FULL_MEMORY_PERCENT:
        said.append(
            f"The machine's memory was {memory.max:.0f} % full at its fullest: little more and it ends the run."
        )
    return said


def _gpus(known: Mapping[str, Head], what: str) -> list[Head]:
    return [head for name, head in known.items() if (found := _GPU.fullmatch(name)) and found[2] == what]


def _percent(title: str, heads: Sequence[Head]) -> Figure:
    return Figure(title, f"{_mean(heads):.0f} % mean, {_highest(heads):.0f} % at most", _readings(heads))


def _most(title: str, heads: Sequence[Head]) -> Figure:
    """A peak in GiB, as memory is sold; charts count bytes."""
    most = _highest(heads)
    return Figure(title, f"{size(most)} at most", f"{most:,.0f} bytes, {_readings(heads)}")


def _mean(heads: Sequence[Head]) -> float:
    return sum((head.mean or 0.0) * head.points for head in heads) / max(1, sum(head.points for head in heads))


def _highest(heads: Sequence[Head]) -> float:
    return max((head.max or 0.0) for head in heads)


def _readings(heads: Sequence[Head]) -> str:
    count = sum(head.points for head in heads)
    return f"{count:,} readings{f' of {len(heads)} GPUs' if len(heads) > 1 else ''}"
