"""What the demo trains, all of it real: classifiers of digits, one that diverges, a long online filter. No Django."""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Log = Callable[[dict[str, Any], int], None]
Labels = NDArray[np.int64]
LogClasses = Callable[[Labels, Labels, int], None]  # labels, what was predicted, epoch
LogScores = Callable[[Labels, Floats, Floats, int], None]  # labels, a score a class, weights of the first layer, epoch

EPOCHS = 150
TABLE_EVERY = 10  # epochs between two class tables
SEEDS = range(5)
CLASSES = range(10)
GOOD_LABELS, BAD_LABELS = "v1", "v2"  # in v2, somebody took every other 8 for a 3
FILTER_STEPS = 1_000_000
FILTER_BLOCK = 25_000


@dataclass(frozen=True)
class Training:
    """One classifier to train. group: what its five seeds share. labels: which version of the training labels."""

    model: str
    learning_rate: float
    batch_size: int
    seed: int
    labels: str = GOOD_LABELS

    @property
    def group(self) -> str:
        if self.labels != GOOD_LABELS:
            return f"labels-{self.labels}"
        batch = f"-batch{self.batch_size}" if self.model == "mlp" else ""
        return f"{self.model}-lr{self.learning_rate:g}{batch}"

    @property
    def name(self) -> str:
        if self.labels != GOOD_LABELS:
            return f"{self.model}-lr{self.learning_rate:g}-labels-{self.labels}"
        return f"{self.group}-seed{self.seed}"

    @property
    def config(self) -> dict[str, Any]:
        shared = {"model": self.model, "lr": self.learning_rate, "seed": self.seed, "epochs": EPOCHS}
        shared["labels"] = self.labels
        if self.model == "mlp":
            return {**shared, "batch_size": self.batch_size, "hidden": [48], "optimizer": "adam", "l2": 1e-4}
        return {**shared, "batch_size": 1, "optimizer": "sgd", "schedule": "constant", "l2": 1e-4}


@dataclass
class Outcome:
    """What a training came to: its best epoch on held-out digits, its recalls then, and its last losses."""

    accuracy: float = 0.0
    epoch: int = 0
    val_loss: float = 0.0
    train_loss: float = 0.0
    lowest_val_loss: float = float("inf")
    recalls: list[float] = field(default_factory=list)


class Digits(NamedTuple):
    """Pixels in 0..1, shape (n, 64), and labels 0..9; the first three quarters, shuffled once, are for training."""

    train_pixels: Floats
    train_labels: NDArray[np.int64]
    val_pixels: Floats
    val_labels: NDArray[np.int64]


def trainings() -> list[Training]:
    """45 trainings; every setting has its first seed before any has its second, so early comparisons are whole."""
    settings = [("mlp", rate, batch) for rate in (3e-4, 2e-3, 2e-2) for batch in (16, 128)]
    settings += [("sgd", rate, 1) for rate in (1e-3, 1e-2, 1e-1)]
    return [Training(model, rate, batch, seed) for seed in SEEDS for model, rate, batch in settings]


# What a new version of the labels does to the best network, as nobody sees in its accuracy.
RELABELLED = Training("mlp", 2e-3, 16, 0, BAD_LABELS)


@cache
def digits() -> Digits:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    pixels, labels = pixels[order] / 16.0, labels[order].astype(np.int64)
    cut = len(labels) * 3 // 4
    return Digits(pixels[:cut], labels[:cut], pixels[cut:], labels[cut:])


def training_labels(version: str) -> Labels:
    """The labels of the training digits, shape (n,)."""
    labels = digits().train_labels
    if version == GOOD_LABELS:
        return labels
    changed = labels.copy()
    changed[np.flatnonzero(labels == 8)[::2]] = 3
    return changed


def _nothing(labels: Labels, predicted: Labels, epoch: int) -> None: ...


def _no_scores(labels: Labels, scores: Floats, weights: Floats, epoch: int) -> None: ...


def train(
    training: Training, log: Log, log_classes: LogClasses = _nothing, log_scores: LogScores = _no_scores
) -> Outcome:
    """Train one classifier epoch by epoch; log(metrics, epoch) gets losses, accuracies and every class's recall.

    log_classes(labels, predicted, epoch) gets the held-out digits and what they were taken for, every TABLE_EVERY
    epochs; log_scores gets what the model thinks of each class, and its weights.
    """
    data = digits()._replace(train_labels=training_labels(training.labels))
    model = _model(training)
    order = np.random.default_rng(training.seed)
    outcome = Outcome()
    with warnings.catch_warnings():
        from sklearn.exceptions import ConvergenceWarning

        warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch at a time never converges
        for epoch in range(1, EPOCHS + 1):
            began = time.perf_counter()
            rows = order.permutation(len(data.train_labels))
            model.partial_fit(data.train_pixels[rows], data.train_labels[rows], classes=np.array(CLASSES))
            seconds = time.perf_counter() - began
            metrics = _measured(model, data)
            log({**metrics, "time/epoch_seconds": seconds}, epoch)
            if epoch % TABLE_EVERY == 0 or epoch == EPOCHS:
                log_classes(data.val_labels, model.predict(data.val_pixels), epoch)
                weights = model.coefs_[0] if training.model == "mlp" else model.coef_
                log_scores(data.val_labels, model.predict_proba(data.val_pixels), weights, epoch)
            _note(outcome, metrics, epoch)
    return outcome


def _model(training: Training) -> Any:
    from sklearn.linear_model import SGDClassifier
    from sklearn.neural_network import MLPClassifier

    if training.model == "mlp":
        return MLPClassifier(
            hidden_layer_sizes=(48,),
            learning_rate_init=training.learning_rate,
            batch_size=training.batch_size,
            random_state=training.seed,
        )
    return SGDClassifier(
        loss="log_loss",
        learning_rate="constant",
        eta0=training.learning_rate,
        random_state=training.seed,
    )


def _measured(model: Any, data: Digits) -> dict[str, Any]:
    train_loss, train_accuracy, _ = _quality(model.predict_proba(data.train_pixels), data.train_labels)
    val_loss, val_accuracy, recalls = _quality(model.predict_proba(data.val_pixels), data.val_labels)
    return {
        "train/loss": train_loss,
        "train/accuracy": train_accuracy,
        "val/loss": val_loss,
        "val/accuracy": val_accuracy,
        "recall": {str(digit): recall for digit, recall in zip(CLASSES, recalls, strict=True)},
    }


def _quality(chances: Floats, labels: NDArray[np.int64]) -> tuple[float, float, list[float]]:
    """Mean cross-entropy in nats, accuracy and recall of each class. chances: shape (n, 10), labels: (n,)."""
    right = chances[np.arange(len(labels)), labels]
    correct = chances.argmax(axis=1) == labels
    recalls = [float(correct[labels == digit].mean()) for digit in CLASSES]
    return float(-np.log(np.maximum(right, 1e-15)).mean()), float(correct.mean()), recalls


def _note(outcome: Outcome, metrics: dict[str, Any], epoch: int) -> None:
    outcome.val_loss, outcome.train_loss = metrics["val/loss"], metrics["train/loss"]
    outcome.lowest_val_loss = min(outcome.lowest_val_loss, metrics["val/loss"])
    if metrics["val/accuracy"] > outcome.accuracy:
        outcome.accuracy, outcome.epoch = metrics["val/accuracy"], epoch
        outcome.recalls = list(metrics["recall"].values())


# --- The one that diverges ---

DIVERGING_RATE = 0.0036  # at most 0.0005 would be stable
DIVERGING_EPOCHS = 400


def diverge(log: Log, log_classes: LogClasses = _nothing, log_scores: LogScores = _no_scores) -> int:
    """Gradient descent on raw pixels (0..16) with a learning rate they do not allow.

    A linear model on squared error: every epoch multiplies the error along the steepest direction by the same factor,
    and that factor is beyond -1. Gives the first epoch whose loss is not finite.
    """
    data = digits()
    pixels = data.train_pixels * 16.0
    targets = np.eye(10)[data.train_labels]
    weights = np.zeros((64, 10))
    first = 0
    with np.errstate(all="ignore"):
        for epoch in range(1, DIVERGING_EPOCHS + 1):
            errors = pixels @ weights - targets
            loss = float((errors**2).mean())
            gradient = pixels.T @ errors / len(pixels)
            scores = data.val_pixels * 16.0 @ weights
            predicted = scores.argmax(axis=1)
            accuracy = float((predicted == data.val_labels).mean())
            norm = float(np.sqrt((gradient**2).sum()))
            log({"train/loss": loss, "val/accuracy": accuracy, "train/gradient_norm": norm}, epoch)
            if not np.isfinite(loss) and not first:
                first = epoch
            if epoch % TABLE_EVERY == 0:
                log_classes(data.val_labels, predicted, epoch)
                log_scores(data.val_labels, scores, weights, epoch)
            weights = weights - DIVERGING_RATE * gradient
    return first


# --- The long one ---


class Block(NamedTuple):
    """Some steps of the filter: their numbers and each metric's values."""

    steps: NDArray[np.int64]
    values: dict[str, Floats]


def filter_blocks() -> Iterator[Block]:
    """A million steps of an adaptive filter (normalised least mean squares, 8 taps) that follows a drifting system.

    About every 20,000 steps an impulse hits the input for one step, and twenty times the sensor drops out for a while:
    its error is NaN then and the filter stands still.
    """
    random = np.random.default_rng(7)
    taps = np.zeros(8)
    system = random.normal(size=8)
    past = np.zeros(8)
    dropouts = _dropouts(random)
    for first in range(0, FILTER_STEPS, FILTER_BLOCK):
        inputs = random.normal(size=FILTER_BLOCK)
        impulses = random.random(FILTER_BLOCK) < 5e-5
        inputs[impulses] *= random.uniform(60, 200, size=int(impulses.sum()))
        noise = random.normal(scale=0.05, size=FILTER_BLOCK)
        drift = random.normal(scale=4e-4, size=(FILTER_BLOCK, 8))
        errors, norms, powers = (np.empty(FILTER_BLOCK) for _ in range(3))
        for place in range(FILTER_BLOCK):
            past[1:] = past[:-1]
            past[0] = inputs[place]
            system += drift[place]
            power = float(past @ past)
            powers[place] = power
            if first + place in dropouts:
                errors[place] = np.nan
            else:
                error = float((system - taps) @ past) + noise[place] * (1 + abs(inputs[place]))
                taps += past * (0.02 * error / (power + 1e-3))
                errors[place] = error
            norms[place] = float(taps @ taps) ** 0.5
        steps = np.arange(first, first + FILTER_BLOCK)
        squared = errors**2
        yield Block(
            steps,
            {"filter/error": errors, "filter/squared_error": squared, "filter/weights": norms, "input/power": powers},
        )


def _dropouts(random: np.random.Generator) -> set[int]:
    """The steps at which the sensor gives nothing: twenty stretches of 1 to 400 steps."""
    begins = random.integers(0, FILTER_STEPS, size=20)
    lengths = random.integers(1, 400, size=20)
    return {step for begin, length in zip(begins, lengths, strict=True) for step in range(begin, begin + length)}
