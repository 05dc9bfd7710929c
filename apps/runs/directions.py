"""Which end of a metric is the good one, as far as its name tells. No Django."""

import re
from enum import StrEnum


class Direction(StrEnum):
    """Lower is better, higher is better, or nobody knows."""

    MIN = "min"
    MAX = "max"
    UNKNOWN = "unknown"


_LOWER = {
    *("loss", "losses", "error", "errors", "err", "mae", "mse", "rmse", "rmsle", "mape", "smape", "wer", "cer", "eer"),
    *("fid", "kid", "kl", "nll", "bce", "ce", "perplexity", "ppl", "bpc", "bpb", "entropy", "ece", "brier", "regret"),
    *("latency", "duration", "seconds", "cost", "divergence", "distance", "residual", "fpr", "fnr", "misses"),
    *("overfit", "gap", "violation", "violations"),
}
_HIGHER = {
    *("acc", "accuracy", "recall", "precision", "sensitivity", "specificity", "tpr", "tnr", "auc", "auroc", "roc"),
    *("auprc", "ap", "map", "f1", "f2", "fscore", "iou", "miou", "dice", "jaccard", "score", "reward", "rewards"),
    *("return", "returns", "psnr", "ssim", "bleu", "rouge", "meteor", "r2", "mcc", "kappa", "ndcg", "mrr", "hits"),
    *("throughput", "fps", "win", "wins", "success", "likelihood", "elbo", "correct", "top1", "top5", "pass"),
}
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


def guessed(name: str) -> Direction:
    """The direction a metric's name tells: by its last word that tells one.

    "train/loss" and "top5_error" are lower, "val/acc" and "mAP50" higher, "lr" and "epoch" unknown.
    """
    for word in reversed(_words(name)):
        if word in _LOWER:
            return Direction.MIN
        if word in _HIGHER:
            return Direction.MAX
    return Direction.UNKNOWN


def _words(name: str) -> list[str]:
    """The words of snake_case, kebab-case and camelCase; whole parts between separators, with and without figures."""
    found: list[str] = []
    for part in re.findall("[A-Za-z0-9]+", name):
        found += [word.lower() for word in _WORD.findall(part)]
        found += [part.lower(), part.lower().rstrip("0123456789")]
    return found
