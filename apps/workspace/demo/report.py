"""The demo's report: the words are in report.md, every figure in it comes from what the runs reached. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from string import Template
from typing import Any, NamedTuple

from apps.workspace.demo.trainings import (
    DIVERGING_RATE,
    EPOCHS,
    FILTER_STEPS,
    GOOD_LABELS,
    RELABELLED,
    Training,
)

TITLE = "Which learning rate and batch size for the digits?"


class Relabelled(NamedTuple):
    """One training with the good labels and with the bad ones: names, ids of the runs, best accuracies."""

    unchanged: Training
    changed: Training
    unchanged_run: str
    changed_run: str
    unchanged_accuracy: float
    changed_accuracy: float


class Setting(NamedTuple):
    """The seeds of one setting: a figure a seed, recalls at the best epoch."""

    training: Training
    accuracies: list[float]
    epochs: list[int]
    lowest: list[float]
    last: list[float]
    recalls: list[list[float]]

    @property
    def group(self) -> str:
        return self.training.group

    @property
    def accuracy(self) -> float:
        return mean(self.accuracies)

    @property
    def spread(self) -> float:
        return stdev(self.accuracies) if len(self.accuracies) > 1 else 0.0

    @property
    def mean_recalls(self) -> list[float]:
        return [mean(column) for column in zip(*self.recalls, strict=True)]

    @property
    def least(self) -> tuple[int, float]:
        """The digit that is found least, and its recall."""
        recalls = self.mean_recalls
        digit = min(range(len(recalls)), key=recalls.__getitem__)
        return digit, recalls[digit]


def settings_of(trainings: Sequence[Training], outcomes: Mapping[str, Any]) -> list[Setting]:
    """The settings of all finished trainings, best mean accuracy first."""
    groups: dict[str, list[Training]] = {}
    for training in trainings:
        if training.name in outcomes:
            groups.setdefault(training.group, []).append(training)
    found = []
    for members in groups.values():
        reached = [outcomes[training.name] for training in members]
        found.append(
            Setting(
                training=members[0],
                accuracies=[one["accuracy"] for one in reached],
                epochs=[one["epoch"] for one in reached],
                lowest=[one["lowest_val_loss"] for one in reached],
                last=[one["val_loss"] for one in reached],
                recalls=[one["recalls"] for one in reached],
            )
        )
    return sorted(found, key=lambda setting: -setting.accuracy)


def relabelled(outcomes: Mapping[str, Any]) -> Relabelled:
    """The run with the bad labels beside the same training with the good ones."""
    changed, unchanged = RELABELLED, replace(RELABELLED, labels=GOOD_LABELS)
    after, before = outcomes[changed.name], outcomes[unchanged.name]
    return Relabelled(unchanged, changed, before["run"], after["run"], before["accuracy"], after["accuracy"])


def written(settings: Sequence[Setting], labels: Relabelled, *, diverged_at: int, diverging: str, filter: str) -> str:
    """The report's Markdown. diverged_at: the first epoch without a finite loss. diverging, filter: those runs' ids."""
    best, rival = settings[0], settings[1]
    networks = [setting for setting in settings if setting.training.model == "mlp"]
    linear = next(setting for setting in settings if setting.training.model == "sgd")
    slow = min(networks, key=lambda setting: (setting.training.learning_rate, -setting.training.batch_size))
    fast = max(networks, key=lambda setting: (setting.training.learning_rate, -setting.training.batch_size))
    pairs = list(zip(range(10), best.mean_recalls, linear.mean_recalls, strict=True))
    gained, ahead, behind = max(pairs, key=lambda pair: pair[1] - pair[2])
    digit, recall = best.least
    figures = {
        "epochs": EPOCHS,
        "best": best.group,
        "best_accuracy": f"{100 * best.accuracy:.2f}",
        "best_worst_seed": f"{100 * min(best.accuracies):.2f}",
        "verdict": _verdict(best, rival),
        "settings": "\n".join(map(_line, settings)),
        "slow_rate": f"{slow.training.learning_rate:g}",
        "slow_epoch": f"{mean(slow.epochs):.0f}",
        "fast_rate": f"{fast.training.learning_rate:g}",
        "fast_rise": f"{mean(fast.last) - mean(fast.lowest):.3f}",
        "linear": linear.group,
        "batches": "\n".join(_batch_lines(networks)),
        "digit": digit,
        "digit_recall": f"{100 * recall:.1f}",
        "gained": gained,
        "gain": f"{100 * (ahead - behind):+.1f}",
        "classes": "\n".join(
            f"| {one} | {100 * first:.1f} % | {100 * second:.1f} % | {100 * (first - second):+.1f} |"
            for one, first, second in pairs
        ),
        "unchanged": labels.unchanged.name,
        "relabelled": labels.changed.name,
        "unchanged_run": labels.unchanged_run,
        "relabelled_run": labels.changed_run,
        "unchanged_accuracy": f"{100 * labels.unchanged_accuracy:.2f}",
        "relabelled_accuracy": f"{100 * labels.changed_accuracy:.2f}",
        "diverging_rate": f"{DIVERGING_RATE:g}",
        "diverged_at": diverged_at,
        "diverging": diverging,
        "filter_steps": f"{FILTER_STEPS:,}",
        "filter": filter,
    }
    return Template(Path(__file__).with_name("report.md").read_text()).substitute(figures)


def _verdict(best: Setting, rival: Setting) -> str:
    gap = best.accuracy - rival.accuracy
    ahead = f"`{rival.group}` is {100 * gap:.2f} points behind"
    if gap > best.spread + rival.spread:
        return f"{ahead}, more than the seeds differ among themselves."
    return f"{ahead}, less than the seeds of either differ among themselves: on accuracy alone, these two are a tie."


def _line(setting: Setting) -> str:
    digit, recall = setting.least
    return (
        f"| `{setting.group}` | {100 * setting.accuracy:.2f} ± {100 * setting.spread:.2f} % "
        f"| {100 * min(setting.accuracies):.2f} % | {mean(setting.epochs):.0f} | {mean(setting.lowest):.3f} "
        f"| {mean(setting.last):.3f} | {digit} ({100 * recall:.1f} %) |"
    )


def _batch_lines(networks: Sequence[Setting]) -> list[str]:
    lines = []
    for rate in sorted({setting.training.learning_rate for setting in networks}):
        of_rate = [setting for setting in networks if setting.training.learning_rate == rate]
        small, large = sorted(of_rate, key=lambda setting: setting.training.batch_size)
        lines.append(
            f"- at {rate:g}: {100 * small.accuracy:.2f} % with batches of {small.training.batch_size}, "
            f"{100 * large.accuracy:.2f} % with {large.training.batch_size} "
            f"({100 * (small.accuracy - large.accuracy):+.2f} points)"
        )
    return lines
