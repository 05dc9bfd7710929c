"""What the machine does while a run works: processor, memory, disks, network and GPUs, read from /proc and NVML."""

from __future__ import annotations

import os
import time
from pathlib import Path

from paceline import nvml

PREFIX = "system/"
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_SECTOR = 512
_WHOLE_DISKS = ("sd", "nvme", "vd", "xvd", "hd", "mmcblk")


class Meter:
    """Reads counters and gives rates between two readings."""

    def __init__(self) -> None:
        self._before: dict[str, float] = {}
        self._at = time.monotonic()
        self.readings()

    def readings(self) -> dict[str, float]:
        """Names below system/ to values: percent, bytes, bytes a second. What the system does not tell is left out."""
        now = time.monotonic()
        seconds = max(now - self._at, 1e-3)
        self._at = now
        found: dict[str, float] = {}
        self._processor(found, seconds)
        self._process(found, seconds)
        _memory(found)
        for name, counters in (("disk", _disks()), ("network", _network())):
            for direction, count in counters.items():
                rate = self._rate(f"{name}/{direction}", count, seconds)
                if rate is not None:
                    found[f"{name}/{direction}_bytes_per_second"] = rate
        found.update(nvml.readings())
        return {PREFIX + name: value for name, value in found.items()}

    def _rate(self, name: str, count: float, seconds: float) -> float | None:
        """How much a counter grew a second; None at first, and when it began anew."""
        before = self._before.get(name)
        self._before[name] = count
        return None if before is None or count < before else (count - before) / seconds

    def _processor(self, found: dict[str, float], seconds: float) -> None:
        fields = [int(field) for field in _text("/proc/stat").partition("\n")[0].split()[1:9]]
        if len(fields) == 8:
            busy = sum(fields) - fields[3] - fields[4]
            rate, whole = self._rate("busy", busy, seconds), self._rate("whole", sum(fields), seconds)
            if rate is not None and whole:
                found["cpu_percent"] = 100 * rate / whole

    def _process(self, found: dict[str, float], seconds: float) -> None:
        """Of this process: processor time (100 % is one processor), resident memory, threads."""
        times = os.times()
        rate = self._rate("process", times.user + times.system, seconds)
        if rate is not None:
            found["process/cpu_percent"] = 100 * rate
        parts = _text("/proc/self/statm").split()
        if len(parts) > 1:
            found["process/memory_bytes"] = float(int(parts[1]) * _PAGE)


def _memory(found: dict[str, float]) -> None:
    sizes = {}
    for line in _text("/proc/meminfo").splitlines()[:5]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0]) * 1024
    if "MemTotal" in sizes and "MemAvailable" in sizes:
        used = sizes["MemTotal"] - sizes["MemAvailable"]
        found["memory_bytes"] = float(used)
        found["memory_percent"] = 100 * used / sizes["MemTotal"]


def _disks() -> dict[str, float]:
    """Bytes read and written since the start of the system, over whole disks."""
    read = written = 0
    found = False
    for line in _text("/proc/diskstats").splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[2].startswith(_WHOLE_DISKS) and Path(f"/sys/block/{fields[2]}").exists():
            read, written, found = read + int(fields[5]), written + int(fields[9]), True
    return {"read": read * _SECTOR, "written": written * _SECTOR} if found else {}


def _network() -> dict[str, float]:
    """Bytes received and sent since the start of the system, without the machine's talk to itself."""
    received = sent = 0
    found = False
    for line in _text("/proc/net/dev").splitlines()[2:]:
        name, _, rest = line.partition(":")
        fields = rest.split()
        if name.strip() != "lo" and len(fields) > 8:
            received, sent, found = received + int(fields[0]), sent + int(fields[8]), True
    return {"received": received, "sent": sent} if found else {}


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
