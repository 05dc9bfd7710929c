"""Rank correlation and how sure one may be of it. No Django."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NORMAL_95 = 1.959963984540054


def average_ranks(values: Floats) -> Floats:
    """The ranks (n,), from 1, of numbers (n,) without NaN; equal ones share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[which]


def spearman(one: Floats, other: Floats) -> float | None:
    """Spearman's ρ of two columns (n,) without NaN: the correlation of their ranks. None when either is constant."""
    if len(one) < 2:
        return None
    a, b = average_ranks(one), average_ranks(other)
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float(a @ a) * float(b @ b))
    return None if size == 0 else max(-1.0, min(1.0, float(a @ b) / size))


def interval(rho: float, n: int) -> tuple[float, float] | None:
    """The 95 % interval of Spearman's ρ over n > 3 pairs; None for fewer.

    Source: Bonett and Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
    Psychometrika 65(1), 2000: Fisher's z with the variance (1 + ρ²/2) / (n − 3).
    """
    if n <= 3:
        return None
    if abs(rho) == 1:
        return rho, rho
    z, reach = math.atanh(rho), _NORMAL_95 * math.sqrt((1 + rho * rho / 2) / (n - 3))
    return math.tanh(z - reach), math.tanh(z + reach)
