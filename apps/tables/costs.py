"""What mistakes cost, and what a confusion matrix costs by it. Pure, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.core.json_values import printable, text_problem
from apps.tables.errors import MAX_CLASS_COSTS, MAX_COST, MAX_LISTED, MAX_NAME_LENGTH, MAX_PAIRS, BadCosts
from apps.tables.matrices import Matrix

Pair = tuple[str, str]  # actual class, predicted class


@dataclass(frozen=True)
class Costs:
    """A mistake costs what its pair says, else what its actual class says, else default.

    What is right costs nothing, unless its pair says otherwise. A cost below 0 is a gain.
    """

    default: float = 1.0
    actual: Mapping[str, float] = field(default_factory=dict)
    pairs: Mapping[Pair, float] = field(default_factory=dict)

    def of(self, actual: str, predicted: str) -> float:
        """What one example costs."""
        if (actual, predicted) in self.pairs:
            return self.pairs[actual, predicted]
        return 0.0 if actual == predicted else self.actual.get(actual, self.default)

    def as_json(self) -> dict[str, Any]:
        """As read_costs takes it."""
        pairs = [[actual, predicted, cost] for (actual, predicted), cost in self.pairs.items()]
        return {"default": self.default, "actual": dict(self.actual), "pairs": pairs}


def expected_cost(matrix: Matrix, costs: Costs) -> float | None:
    """The mean cost of an example; None of a matrix without any."""
    if not matrix.total:
        return None
    size = len(matrix.classes)
    of_class = np.array([costs.actual.get(name, costs.default) for name in matrix.classes])
    each = np.where(matrix.actual == matrix.predicted, 0.0, of_class[matrix.actual])
    cells = matrix.actual * size + matrix.predicted  # in ascending order
    for (actual, predicted), cost in costs.pairs.items():
        if actual in matrix.places and predicted in matrix.places:
            cell = matrix.places[actual] * size + matrix.places[predicted]
            at = int(np.searchsorted(cells, cell))
            if at < len(cells) and cells[at] == cell:
                each[at] = cost
    return float(np.dot(each, matrix.counts) / matrix.total)


def read_costs(body: Any) -> Costs:
    """The costs of a parsed body, {"default": 1, "actual": {"8": 5}, "pairs": [["8", "3", 10]]}.

    All of it may be left out. Raises BadCosts, which lists the paths of what is wrong.
    """
    bad: dict[str, str] = {}
    if not isinstance(body, Mapping):
        raise BadCosts({"body": 'must be an object with "default", "actual" and "pairs"'})
    default = _cost(body.get("default", 1.0), "default", bad)
    actual, pairs = body.get("actual", {}), body.get("pairs", [])
    bad |= {printable(name): "is not known here" for name in body if name not in ("default", "actual", "pairs")}
    if not isinstance(actual, dict):
        bad["actual"] = "must be an object of actual class to cost"
    elif len(actual) > MAX_CLASS_COSTS:
        bad["actual"] = f"has {len(actual):,} classes; at most {MAX_CLASS_COSTS:,} are allowed"
    if not isinstance(pairs, list):
        bad["pairs"] = 'must be a list of lists like ["8", "3", 10]: actual class, predicted class, cost'
    elif len(pairs) > MAX_PAIRS:
        bad["pairs"] = f"has {len(pairs):,} pairs; at most {MAX_PAIRS:,} are allowed"
    if bad:
        raise BadCosts(bad)
    of_class = {
        name: _cost(cost, _checked(name, f"actual.{printable(name)}", bad), bad) for name, cost in actual.items()
    }
    of_pair = _pairs(pairs, bad)
    if bad:
        raise BadCosts(dict(list(bad.items())[:MAX_LISTED]))
    return Costs(default, of_class, of_pair)


def _pairs(pairs: list[Any], bad: dict[str, str]) -> dict[Pair, float]:
    found: dict[Pair, float] = {}
    for place, one in enumerate(pairs):
        path = f"pairs[{place}]"
        if not isinstance(one, list) or len(one) != 3 or not all(isinstance(name, str) for name in one[:2]):
            bad[path] = 'must be a list like ["8", "3", 10]: actual class, predicted class, cost'
            continue
        for name in one[:2]:
            _checked(name, path, bad)
        pair = (one[0], one[1])
        if pair in found:
            bad[path] = "is a pair that was there already"
        found[pair] = _cost(one[2], path, bad)
    return found


def _checked(name: str, path: str, bad: dict[str, str]) -> str:
    """The path of a class, whose name is noted when it cannot be one."""
    problem = text_problem(name)
    if problem:
        bad[path] = problem
    elif not 1 <= len(name) <= MAX_NAME_LENGTH:
        bad[path] = f"has a class of {len(name):,} characters; 1 to {MAX_NAME_LENGTH} are allowed"
    return path


def _cost(value: Any, path: str, bad: dict[str, str]) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MAX_COST:
        return float(value)
    bad[path] = f"must be a number within ±{MAX_COST:,}"
    return 0.0
