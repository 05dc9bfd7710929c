"""NVIDIA's GPUs, by the package nvidia-ml-py where somebody installed it. Without it, or without GPUs: nothing."""

from __future__ import annotations

from typing import Any

_library: Any = None
_devices: list[Any] = []
_tried = False


def _open() -> list[Any]:
    """Handles of the GPUs; asked once a process."""
    global _library, _devices, _tried
    if not _tried:
        _tried = True
        try:
            import pynvml  # type: ignore[import-not-found, import-untyped, unused-ignore]

            pynvml.nvmlInit()
            _library = pynvml
            _devices = [pynvml.nvmlDeviceGetHandleByIndex(place) for place in range(pynvml.nvmlDeviceGetCount())]
        except Exception:  # no package, no driver, no rights
            _devices = []
    return _devices


def description() -> dict[str, Any]:
    """{"gpus": [{"name", "memory" in bytes}], "driver", "cuda"}; {} without GPUs."""
    gpus = []
    for device in _open():
        name, memory = _ask("nvmlDeviceGetName", device), _ask("nvmlDeviceGetMemoryInfo", device)
        gpus.append({"name": _text(name), "memory": getattr(memory, "total", None)})
    if not gpus:
        return {}
    version = _ask("nvmlSystemGetCudaDriverVersion")
    cuda = f"{version // 1000}.{version % 1000 // 10}" if isinstance(version, int) else ""
    return {"gpus": gpus, "driver": _text(_ask("nvmlSystemGetDriverVersion")), "cuda": cuda}


def readings() -> dict[str, float]:
    """What the GPUs do now: utilization and memory in percent, memory in bytes, degrees Celsius, watts."""
    found: dict[str, float] = {}
    for place, device in enumerate(_open()):
        utilization, memory = _ask("nvmlDeviceGetUtilizationRates", device), _ask("nvmlDeviceGetMemoryInfo", device)
        power, temperature = _ask("nvmlDeviceGetPowerUsage", device), _ask("nvmlDeviceGetTemperature", device, 0)
        values = {
            "utilization_percent": getattr(utilization, "gpu", None),
            "memory_bytes": getattr(memory, "used", None),
            "memory_percent": 100 * memory.used / memory.total if memory is not None and memory.total else None,
            "temperature_celsius": temperature,
            "power_watts": None if power is None else power / 1000,
        }
        found.update({f"gpu/{place}/{name}": float(value) for name, value in values.items() if value is not None})
    return found


def _ask(name: str, *arguments: Any) -> Any:
    """One question to the library; None when this GPU or driver has no answer."""
    try:
        return getattr(_library, name)(*arguments)
    except Exception:
        return None


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")
