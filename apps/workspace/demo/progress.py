"""How far the demo is: one small file in the data folder, written by the demo and read by pages."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

SILENT_SECONDS = 300  # after which a demo that was not finished counts as gone
DONE = "done"


@dataclass
class Progress:
    """state: "running" or "done". outcomes: by name, what each finished run came to. current: what is being trained."""

    state: str = "running"
    total: int = 0
    current: str = ""
    outcomes: dict[str, Any] = field(default_factory=dict)
    report: str = ""


def progress_file() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


def read_progress() -> Progress | None:
    """What the file says; None when there is none, or it is damaged."""
    try:
        return Progress(**json.loads(progress_file().read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_progress(progress: Progress) -> None:
    """Replace the file at once, so that no reader sees half of it."""
    path = progress_file()
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(progress)))
    new.replace(path)


def demo_progress() -> dict[str, Any] | None:
    """{"done", "total", "state", "text"} while the demo is training, else None. Reads one small file."""
    try:
        silent = time.time() - progress_file().stat().st_mtime
    except OSError:
        return None
    progress = read_progress()
    if progress is None or progress.state == DONE or silent > SILENT_SECONDS:
        return None
    text = f"Real trainings on scikit-learn's digits, logged through the client. Now: {progress.current}."
    return {"done": len(progress.outcomes), "total": progress.total, "state": progress.state, "text": text}
