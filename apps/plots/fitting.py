"""Permutation importance of columns for a target, by scikit-learn. Run as a program: no web process imports it.

    python -m apps.plots.fitting < columns.npz > importance.json

Importing scikit-learn takes seconds, and a forest takes a processor: both are over when this program ends. No Django.
"""

import io
import os
import sys
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

FOLDS, REPEATS, TREES = 3, 5, 50
SEED = 0


def importance(columns: NDArray[np.float64], target: NDArray[np.float64]) -> dict[str, Any]:
    """How much worse a forest foresees target (n,) when one of columns (n, k) is shuffled, k of each.

    columns may hold NaN for what is missing. Each of FOLDS parts of the rows is foreseen by a forest fitted to the
    others; score is the mean R² of that, mean and std are over FOLDS × REPEATS shuffles, in R².
    """
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import KFold

    scores, losses = [], []
    for fitted, held_out in KFold(FOLDS, shuffle=True, random_state=SEED).split(columns):
        forest = RandomForestRegressor(TREES, max_features=0.5, min_samples_leaf=2, random_state=SEED, n_jobs=1)
        forest.fit(columns[fitted], target[fitted])
        scores.append(forest.score(columns[held_out], target[held_out]))
        found = permutation_importance(
            forest, columns[held_out], target[held_out], n_repeats=REPEATS, random_state=SEED, n_jobs=1
        )
        losses.append(found.importances)
    every = np.concatenate(losses, axis=1)
    return {"score": float(np.mean(scores)), "mean": every.mean(axis=1).tolist(), "std": every.std(axis=1).tolist()}


def main() -> None:
    os.nice(10)
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as asked:
        found = importance(asked["columns"], asked["target"])
    sys.stdout.buffer.write(orjson.dumps(found))


if __name__ == "__main__":
    main()
