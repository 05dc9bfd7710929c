"""Matrices of several runs on one axis: shares and deltas as counted by hand, ranks, and what is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tables.confusions import NORMS, Aligned, ConfusionRow, risen, searched
from apps.tables.matrices import Matrix, dense_matrix

NAMES = ["a", "b", "c", "d"]


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Of some of the classes, in any order, some of them without examples."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 4))]
    size = len(names)
    row = st.lists(st.integers(0, 9), min_size=size, max_size=size)
    return dense_matrix(names, draw(st.lists(row, min_size=size, max_size=size)))


def by_hand(matrix: Matrix | None, actual: str, predicted: str, norm: str) -> tuple[int | None, float | None]:
    """(count, share) of a pair of classes; (None, None) where one is missing."""
    if matrix is None or actual not in matrix.classes or predicted not in matrix.classes:
        return None, None
    whole = matrix.dense()
    row, column = matrix.classes.index(actual), matrix.classes.index(predicted)
    of = {"row": whole[row].sum(), "column": whole[:, column].sum(), "all": whole.sum(), "counts": 1}[norm]
    return int(whole[row, column]), float(whole[row, column] / of) if of else None


def mistakes(aligned: Aligned, norm: str = "row", order: str = "worst") -> list[ConfusionRow]:
    return aligned.rows(aligned.ranked(aligned.mistakes(), norm, order, 100), norm)


@given(st.lists(st.none() | matrices(), min_size=1, max_size=4), st.sampled_from(NORMS), st.data())
def test_shares_and_differences_are_those_counted_by_hand(logged, norm, data):
    base = data.draw(st.integers(0, len(logged) - 1))
    aligned = Aligned(logged, base)
    size = len(aligned.classes)
    for row in aligned.rows(np.arange(size * size), norm):
        before = by_hand(logged[base], row.actual, row.predicted, norm)[1]
        for place, (matrix, cell) in enumerate(zip(logged, row.cells, strict=True)):
            number, share = by_hand(matrix, row.actual, row.predicted, norm)
            assert cell.number == number
            assert cell.value == (share if share is None else pytest.approx(share))
            if share is None or before is None or place == base:
                assert cell.delta is None
            else:
                assert cell.delta == pytest.approx(share - before)


@given(st.lists(st.none() | matrices(), min_size=1, max_size=4))
def test_every_mistake_of_any_run_is_listed_once_and_no_other(logged):
    expected = {
        (matrix.classes[one], matrix.classes[other])
        for matrix in logged
        if matrix is not None
        for one, other in zip(matrix.actual.tolist(), matrix.predicted.tolist(), strict=True)
        if one != other
    }
    for order in ("worst", "most", "best", "name"):
        found = [(row.actual, row.predicted) for row in mistakes(Aligned(logged, 0), order=order)]
        assert len(found) == len(set(found))
        assert set(found) == expected


BASE = dense_matrix(["8", "3", "7"], [[90, 10, 0], [0, 50, 0], [5, 0, 5]])
OTHER = dense_matrix(["3", "8", "7"], [[50, 0, 0], [30, 70, 0], [0, 1, 9]])


def test_what_rose_most_comes_first_and_what_fell_most_in_the_other_order():
    aligned = Aligned([BASE, OTHER], 0)
    assert [(row.actual, row.predicted) for row in mistakes(aligned)] == [("8", "3"), ("7", "8")]
    assert [(row.actual, row.predicted) for row in mistakes(aligned, order="best")] == [("7", "8"), ("8", "3")]
    assert [(row.actual, row.predicted) for row in mistakes(aligned, order="most")] == [("7", "8"), ("8", "3")]
    assert [(row.actual, row.predicted) for row in mistakes(aligned, "counts", "most")] == [("8", "3"), ("7", "8")]
    ((place, row),) = risen(aligned, 3)
    assert (place, row.actual, row.predicted, row.cells[1].number) == (1, "8", "3", 30)
    assert row.cells[1].delta == pytest.approx(0.2)
    assert risen(Aligned([BASE], 0), 3) == []


def test_a_search_means_the_class_of_this_very_name_before_others():
    classes = ["8", "18", "Eight"]
    assert searched(classes, " 8") == ["8"]
    assert searched(classes, "1") == ["18"]
    assert searched(classes, "eIGH") == ["Eight"]
    assert searched(classes, "zebra") == []
    assert searched(classes, " ") is None
    aligned = Aligned([BASE, OTHER], 0)
    assert len(aligned.mistakes(["7"])) == 1
    assert len(aligned.mistakes([])) == 0
