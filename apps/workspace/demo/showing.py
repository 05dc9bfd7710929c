"""Runs the demo: every training through the client over HTTP, then the report. Interrupted, it goes on where it was."""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import paceline
from django.conf import settings
from paceline.server import Server
from threadpoolctl import threadpool_limits

from apps.workspace.demo import report
from apps.workspace.demo.progress import DONE, Progress, read_progress, write_progress
from apps.workspace.demo.trainings import (
    CLASSES,
    DIVERGING_EPOCHS,
    DIVERGING_RATE,
    FILTER_STEPS,
    RELABELLED,
    Floats,
    Labels,
    Training,
    diverge,
    filter_blocks,
    train,
    trainings,
)

DIVERGING, FILTER = "diverges", "filter"
FLUSH_SECONDS = 60.0
Job = tuple[str, Callable[[], dict[str, Any]]]


class Demo:
    """One pass of the demo against the site at url. project: "team/project"."""

    def __init__(self, *, url: str, api_key: str, project: str) -> None:
        self.url = url
        self.api_key = api_key
        self.project = project
        self.spools = Path(settings.DATA_DIR) / "demo-spools"
        self.progress = read_progress() or Progress()

    def run(self) -> None:
        """Train what is missing, then write the report."""
        shutil.rmtree(self.spools, ignore_errors=True)  # of an interrupted pass, whose last run starts anew
        jobs = self._jobs()
        self.progress.total = len(jobs)
        with threadpool_limits(1):
            for name, job in jobs:
                if name not in self.progress.outcomes:
                    self._say(name)
                    self.progress.outcomes[name] = job()
        self._say("the report")
        if not self.progress.report:
            self.progress.report = self._write_report()
        self.progress.state = DONE
        write_progress(self.progress)
        shutil.rmtree(self.spools, ignore_errors=True)

    def _jobs(self) -> list[Job]:
        """Names and trainings: one seed of every setting, then the two special ones, the other seeds, the bad labels.

        The run that a newcomer should find out about is the newest.
        """
        every: list[Job] = [(training.name, partial(self.train, training)) for training in trainings()]
        settings_count = len({training.group for training in trainings()})
        special: list[Job] = [(DIVERGING, self._diverge), (FILTER, self._filter)]
        relabelled = (RELABELLED.name, partial(self.train, RELABELLED))
        return [*every[:settings_count], *special, *every[settings_count:], relabelled]

    def _say(self, current: str) -> None:
        self.progress.current = current
        write_progress(self.progress)

    def _start(self, name: str, **facts: Any) -> paceline.Run:
        """A run of this name; of a pass that was interrupted, its next attempt."""
        return paceline.init(
            self.project,
            name=name,
            id=f"demo-{name}",
            resume="allow",
            mode="online",
            url=self.url,
            api_key=self.api_key,
            dir=self.spools,
            **facts,
        )

    def train(self, training: Training) -> dict[str, Any]:
        """One training as a run; how it came out."""
        run = self._start(
            training.name, config=training.config, group=training.group, job_type="train", tags=["demo", training.model]
        )
        began = time.process_time()

        def log(metrics: dict[str, Any], epoch: int) -> None:
            nonlocal began
            run.log(metrics, step=epoch)
            time.sleep(time.process_time() - began)  # half of a processor is the pages'
            began = time.process_time()

        outcome = train(training, log, partial(_log_classes, run), partial(_log_scores, run))
        run.summary.update({"best_accuracy": outcome.accuracy, "best_epoch": outcome.epoch})
        run.finish(timeout=FLUSH_SECONDS)
        return {**asdict(outcome), "run": run.server_id}

    def _diverge(self) -> dict[str, Any]:
        config = {"model": "linear", "lr": DIVERGING_RATE, "pixels": "0..16", "epochs": DIVERGING_EPOCHS}
        notes = "Gradient descent on unscaled pixels with a learning rate they do not allow."
        run = self._start(DIVERGING, config=config, job_type="train", tags=["demo", "diverges"], notes=notes)
        first = diverge(
            lambda metrics, epoch: run.log(metrics, step=epoch), partial(_log_classes, run), partial(_log_scores, run)
        )
        run.finish("failed", f"The loss is not finite from epoch {first} on.", timeout=FLUSH_SECONDS)
        return {"epoch": first, "run": run.server_id}

    def _filter(self) -> dict[str, Any]:
        config = {"model": "nlms", "taps": 8, "rate": 0.02, "steps": FILTER_STEPS}
        notes = (
            "An adaptive filter follows a drifting system; impulses hit its input and its sensor drops out at times."
        )
        run = self._start(FILTER, config=config, job_type="filter", tags=["demo", "long"], notes=notes)
        worst = 0.0
        for block in filter_blocks():
            run.log_columns(block.values, step=block.steps)
            worst = max(worst, float(np.nanmax(block.values["filter/squared_error"])))
            run.flush(FLUSH_SECONDS)
        run.summary["worst_squared_error"] = worst
        run.finish(timeout=FLUSH_SECONDS)
        return {"worst": worst, "run": run.server_id}

    def _write_report(self) -> str:
        """The id of the report, written over HTTP like everything else here."""
        outcomes = self.progress.outcomes
        text = report.written(
            report.settings_of(trainings(), outcomes),
            report.relabelled(outcomes),
            diverged_at=outcomes[DIVERGING]["epoch"],
            diverging=outcomes[DIVERGING]["run"],
            filter=outcomes[FILTER]["run"],
        )
        server = Server(self.url, self.api_key)
        try:
            made = server.post(f"projects/{self.project}/reports/", {"title": report.TITLE, "markdown": text})
        finally:
            server.close()
        return str(made["id"])


def _log_classes(run: paceline.Run, labels: Labels, predicted: Labels, epoch: int) -> None:
    run.log_class_table("val", y_true=labels, y_pred=predicted, step=epoch)
    run.log_confusion_matrix("val", y_true=labels, y_pred=predicted, classes=CLASSES, step=epoch)


def _log_scores(run: paceline.Run, labels: Labels, scores: Floats, weights: Floats, epoch: int) -> None:
    run.log_curves("val", labels, scores, classes=CLASSES, step=epoch)
    run.log_histogram("weights", weights, step=epoch)
