"""From a parsed JSON body to a histogram: checks, and the path of whatever is wrong. No Django.

{"edges": [0, 0.5, 1], "counts": [3, 4], "nan": 0, "below": 0, "above": 0}: the last three are the numbers of values
that are NaN, −∞ and ∞, 0 unless said. Edges and counts are empty when no value was finite.
"""

import math
from typing import Any

import numpy as np

from apps.core.problems import Problems
from apps.tables.body_parts import Sent, address, table_problems
from apps.tables.errors import MAX_BINS, MAX_EXAMPLES
from apps.tables.histograms import Histogram

_APART = ("nan", "below", "above")


def read_histogram(body: Any) -> Sent[Histogram]:
    """The histogram of a parsed body. Raises BadTable, which lists the paths of what is wrong."""
    problems = table_problems()
    if not isinstance(body, dict):
        problems.add("body", 'must be an object with "step", "edges" and "counts"')
        problems.refuse()
    step, attempt = address(body, ("edges", "counts", *_APART), problems)
    edges, counts = body.get("edges"), body.get("counts")
    for name, values in (("edges", edges), ("counts", counts)):
        if not isinstance(values, list):
            problems.add(name, "must be a list of numbers")
    problems.refuse()
    assert isinstance(edges, list)
    assert isinstance(counts, list)
    if len(counts) > MAX_BINS:
        problems.add("counts", f"{len(counts):,} bins came; at most {MAX_BINS} are allowed")
        problems.refuse()
    if (edges or counts) and len(edges) != len(counts) + 1:
        problems.add("edges", f"{len(counts):,} counts lie between {len(counts) + 1:,} edges; {len(edges):,} came")
    for place, one in enumerate(edges):
        if type(one) not in (int, float) or not math.isfinite(one) or abs(one) > 1e300:
            problems.add(f"edges[{place}]", "must be a number within ±1e300")
        elif place and type(edges[place - 1]) in (int, float) and not one > edges[place - 1]:
            problems.add(f"edges[{place}]", "must be greater than the one before it")
    for place, one in enumerate(counts):
        _check_count(one, f"counts[{place}]", problems)
    apart = [body.get(name) or 0 for name in _APART]
    for name, number in zip(_APART, apart, strict=True):
        _check_count(number, name, problems)
    problems.refuse()
    if sum(counts) > MAX_EXAMPLES:
        problems.add("counts", f"are more than 2^53 ({MAX_EXAMPLES:,}) together, the most that a histogram holds")
        problems.refuse()
    return Sent(step, attempt, Histogram(np.array(edges, np.float64), np.array(counts, np.int64), *apart))


def _check_count(value: Any, path: str, problems: Problems) -> None:
    if type(value) is not int or not 0 <= value <= MAX_EXAMPLES:
        problems.add(path, f"must be a whole number within 0..2^53 ({MAX_EXAMPLES:,})")
