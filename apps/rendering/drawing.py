"""Draws one chart after another with vl-convert, in a process of its own that opens nothing. Run as a program.

    python -I apps/rendering/drawing.py < requests > answers

vl-convert 1.9 fetches images and reads local files whatever its settings, and endless specs hang or kill it. So this
process gives up the right to change or run a file, draws one small chart, by which all it needs is loaded, and then
gives up opening any file or socket: the limit of open files is 0. Memory and processor time are limited too. Who
started it limits its time, and what it answers is looked at there (svg.py): nothing here is trusted. No Django, and
nothing of the project: `-I` finds none.

A request is u32 its length, then JSON: {"draw": Vega or Vega-Lite spec, "language", "data": {name: {column: [...]}}}
answered with an SVG, or {"paint": SVG, "scale"} answered with a PNG. An answer is b"+" or b"-" (then words), a flag
whether the process has grown so large that another one should begin, u32 its length, then its bytes. The first answer
comes unasked: that it is ready.
"""

import ctypes
import json
import os
import resource
import select
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

CPU_SECONDS = 20  # of one request
MORE_MEMORY = 1024 * 2**20  # bytes that drawing may take beside what the process has when it is ready
LARGE = 500 * 2**20  # bytes in memory, from which on another process should begin
IDLE_SECONDS = 120
_NO_NEW_PRIVILEGES = 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446  # on every architecture
_CHANGES = 0b1_1111_1111_0011  # of Landlock's first version: all but reading files and folders
_STATM = Path("/proc/self/statm")
_FIRST = {
    "data": {"values": [{"a": 1, "b": 1}, {"a": 2, "b": 3}]},
    "mark": "line",
    "title": "warm",
    "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
}


def main() -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else is printed
    forbid_changes()
    import vl_convert

    vega = vl_convert.vegalite_to_vega(_FIRST)
    vl_convert.svg_to_png(vl_convert.vega_to_svg(vega, allowed_base_urls=[]))
    sizes = _STATM.open("rb", buffering=0) if _STATM.exists() else None
    _lock()
    _send(answers, True, False, b"ready")
    while True:
        ready, _, _ = select.select([requests], [], [], IDLE_SECONDS)
        head = requests.read(4) if ready else b""
        if len(head) < 4:
            return
        _limit_time()
        try:
            good, answer = True, _answered(json.loads(requests.read(struct.unpack("<I", head)[0])), vl_convert)
        except Exception as error:
            good, answer = False, str(error).encode(errors="replace")
        _send(answers, good, _resident_bytes(sizes) > LARGE, answer)


def forbid_changes() -> bool:
    """Forbid this process to write, make, remove or run any file, by Landlock; whether the kernel knows it (5.13).

    It holds for the threads that this one starts, so it comes before all others.
    """
    if sys.platform != "linux":
        return False
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    handled = ctypes.c_uint64(_CHANGES)
    rules = kernel.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    if rules < 0:
        return False
    forbidden = kernel.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return forbidden


def _lock() -> None:
    """From here on: nothing is opened, no file grows, no core is written, and memory is bounded."""
    now = _data_bytes()
    if now:
        # Not RLIMIT_AS: V8 reserves tens of gigabytes of addresses that it never uses.
        resource.setrlimit(resource.RLIMIT_DATA, (now + MORE_MEMORY, now + MORE_MEMORY))
    for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(what, (0, 0))


def _data_bytes() -> int:
    """Writable memory of this process by the kernel's count, 0 where it is not known."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    sizes = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmData:")]
    return int(sizes[0]) * 1024 if sizes else 0


def _resident_bytes(sizes: BinaryIO | None) -> int:
    """Of this process; not getrusage's: on Linux that begins with the figure of the process that started this one."""
    if sizes is None:
        return 0
    sizes.seek(0)
    return int(sizes.read().split()[1]) * resource.getpagesize()


def _limit_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))


def _answered(request: dict[str, Any], vl_convert: Any) -> bytes:
    if "paint" in request:
        return bytes(vl_convert.svg_to_png(request["paint"], scale=request["scale"]))
    spec = request["draw"]
    vega = vl_convert.vegalite_to_vega(spec) if request["language"] == "vega-lite" else spec
    _bind(vega, {name: _rows(columns) for name, columns in request["data"].items()})
    return str(vl_convert.vega_to_svg(json.dumps(vega), allowed_base_urls=[])).encode()


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _bind(node: dict[str, Any], data: dict[str, list[dict[str, Any]]]) -> None:
    """Rows into the data of a compiled spec and its groups that has none and is named so: compiling needs no row."""
    for one in node.get("data", ()):
        if one.get("name") in data and not one.keys() & {"values", "source", "url"}:
            one["values"] = data[one["name"]]
    for mark in node.get("marks", ()):
        _bind(mark, data)


def _send(answers: BinaryIO, good: bool, large: bool, answer: bytes) -> None:
    answers.write(struct.pack("<c?I", b"+" if good else b"-", large, len(answer)))
    answers.write(answer)
    answers.flush()


if __name__ == "__main__":
    main()
