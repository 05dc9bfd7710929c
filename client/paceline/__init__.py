"""Log training runs to a Paceline server without ever slowing or stopping the training.

import paceline

run = paceline.init(project="team/digits", config={"lr": 0.01})
run.log({"train/loss": 0.7, "val/accuracy": 0.81})
"""

from __future__ import annotations

from typing import Any

from paceline.confusion import confusion_matrix
from paceline.exits import Stopped
from paceline.panels import PanelError, class_table, confusion_table, history, runs_table, save_panel
from paceline.runs import Run
from paceline.starting import ResumeError, current_run, finish, init, log
from paceline.tables import per_class
from paceline.version import VERSION

__version__ = VERSION
__all__ = [
    "PanelError",
    "ResumeError",
    "Run",
    "Stopped",
    "__version__",
    "class_table",
    "confusion_matrix",
    "confusion_table",
    "current_run",
    "finish",
    "history",
    "init",
    "log",
    "per_class",
    "runs_table",
    "save_panel",
]


def __getattr__(name: str) -> Any:
    """paceline.run, paceline.config and paceline.summary are the current run's."""
    if name == "run":
        return current_run()
    if name in ("config", "summary"):
        run = current_run()
        if run is None:
            raise AttributeError(f"paceline.{name}: there is no run; call paceline.init() first")
        return getattr(run, name)
    raise AttributeError(f"module 'paceline' has no attribute {name!r}")
