"""The tables of what plots of runs were drawn from, as apps/plots answers it: points, bars, counts. No Django."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.reports.exports.values import Value, ValueTable

BAR = ("label", "n", "mean", "std", "min", "max")


def plot_tables(name: str, data: Mapping[str, Any]) -> Iterator[ValueTable]:
    """A table, or none of what is no plot."""
    if "bars" in data:
        yield ValueTable(name, ["bar", *BAR[1:]], [[bar.get(column) for column in BAR] for bar in data["bars"]])
    elif "edges" in data and "parts" in data:
        ends = zip(data["edges"], data["edges"][1:], strict=False)
        places = data["words"] or [f"{low:.6g} to {high:.6g}" for low, high in ends]
        rows = [[place, *(part["counts"][at] for part in data["parts"])] for at, place in enumerate(places)]
        yield ValueTable(name, ["from and to", *(part["label"] or "runs" for part in data["parts"])], rows)
    elif "runs" in data and "names" in data:
        axes = data["axes"].values() if isinstance(data["axes"], Mapping) else data["axes"]
        runs = zip(data["names"], data["runs"], strict=True)
        drawn = [_along(axis) for axis in axes]
        yield ValueTable(
            name,
            ["run", "id", *(axis["title"] for axis in axes)],
            [[*run, *values] for run, values in zip(runs, zip(*drawn, strict=True), strict=True)],
        )


def _along(axis: Mapping[str, Any]) -> Sequence[Value]:
    """What each run has along an axis: a word where it is of words."""
    if axis["kind"] != "text":
        return [*axis["values"]]
    return [None if value is None or value < 0 else axis["words"][int(value)] for value in axis["values"]]
