"""Histograms of the client: counted as NumPy counts, what is no number apart."""

import math
import sys
from typing import Any

import numpy as np
import paceline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paceline import runs, sender
from paceline.histograms import histogram_columns, value_histogram

from tests.client.stand_in import StandIn


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.25, -1.0]) | st.floats(-1e6, 1e6), min_size=1), st.integers(1, 20))
def test_counts_are_those_of_numpy(values: list[float], bins: int) -> None:
    expected, edges = np.histogram(values, bins)
    found = value_histogram([values], bins)
    assert found["counts"] == expected.tolist()
    assert found["edges"] == edges.tolist()


def test_plain_python_counts_every_value_once(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [[0.0, 0.25, 0.5], [1.0, math.nan, math.inf], [-math.inf, -math.inf, 0.75]]
    with_numpy = value_histogram(values, 4)
    monkeypatch.delitem(sys.modules, "numpy")
    assert value_histogram(values, 4) == with_numpy
    assert with_numpy == {"edges": [0, 0.25, 0.5, 0.75, 1], "counts": [1, 1, 1, 2], "nan": 1, "below": 2, "above": 1}
    assert value_histogram([2, 2], 2) == {"edges": [1.5, 2, 2.5], "counts": [0, 2], "nan": 0, "below": 0, "above": 0}


@pytest.mark.parametrize("values", [[], [math.nan], np.array([np.nan])])
def test_without_a_finite_value_there_is_no_bin(values: Any) -> None:
    found = value_histogram(values)
    assert (found["edges"], found["counts"], found["nan"]) == ([], [], len(values))


@pytest.mark.parametrize(
    ("counts", "edges", "said"),
    [
        ([1, 2], [0, 1], "between 3 edges; 2 came"),
        ([1] * 513, list(range(514)), "at most 512"),
        ([0.5], [0, 1], "whole numbers"),
        ([-1], [0, 1], "whole numbers"),
    ],
)
def test_what_is_no_histogram_is_refused(counts: Any, edges: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        histogram_columns(counts, edges)


def test_histograms_reach_the_server(
    online: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.05)
    run = paceline.init("vision/digits")
    run.log_histogram("grad/layer1", np.array([[0.0, 1.0], [np.nan, 1.0]]), step=3, bins=2)
    run.log_histogram("grad/layer1", counts=[3, 4], edges=np.array([0, 1, 2]), step=4)
    run.log_histogram("grad/layer1", bins=2)  # warned of, left out
    run.finish()
    sent = {step: body for (_, _, step), body in online.histograms.items()}
    assert sent[3] == {
        "attempt": 1,
        "step": 3,
        "edges": [0, 0.5, 1],
        "counts": [1, 2],
        "nan": 1,
        "below": 0,
        "above": 0,
    }
    assert (sent[4]["counts"], sent[4]["edges"]) == ([3, 4], [0, 1, 2])
    assert "the histogram 'grad/layer1' was left out" in capsys.readouterr().err
