"""Confusion matrices of the client: counted as scikit-learn counts them, every form of counts, nothing lost."""

import json
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import paceline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paceline import confusion_matrix, runs, sender
from paceline.command import main
from paceline.confusion import matrix_columns
from paceline.tables import unpacked
from sklearn import metrics

from tests.client.stand_in import KEY, StandIn

DIGITS = {"classes": ["7", "8"], "actual": [0, 0, 1], "predicted": [0, 1, 1], "counts": [40, 4, 29]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(sender, "LONGEST_WAIT", 0.2)


def dense(columns: dict[str, Any]) -> list[list[int]]:
    size = len(columns["classes"])
    whole = np.zeros((size, size), np.int64)
    whole[columns["actual"], columns["predicted"]] = columns["counts"]
    found: list[list[int]] = whole.tolist()
    return found


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_counts_are_those_of_scikit_learn(data: st.DataObject) -> None:
    """With classes that are never true, never predicted, or neither, and examples of no class that is asked for."""
    classes = data.draw(st.integers(1, 6))
    size = data.draw(st.integers(1, 20))
    labels = st.lists(st.integers(0, classes - 1), min_size=size, max_size=size)
    true, said = data.draw(labels), data.draw(labels)
    if data.draw(st.booleans()):  # enough of them that NumPy counts
        true, said = true * 1_001, said * 1_001
    asked = data.draw(st.permutations(range(classes + 1)))[: data.draw(st.integers(1, classes + 1))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a single class
        assert dense(confusion_matrix(np.array(true), said)) == metrics.confusion_matrix(true, said).tolist()
        if set(asked) & set(true):  # scikit-learn refuses to count nothing
            expected = metrics.confusion_matrix(true, said, labels=asked).tolist()
            assert dense(confusion_matrix(true, said, labels=asked)) == expected


def test_numpy_and_plain_python_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    for kind in ([0, 1, 2], ["a", "b", "é"], [True, False], [0, "a"]):
        true, said = ([kind[at] for at in random.integers(0, len(kind), 2_000)] for _ in range(2))
        with_numpy = confusion_matrix(true, said)
        with monkeypatch.context() as without:
            without.delitem(sys.modules, "numpy")
            assert confusion_matrix(true, said) == with_numpy


@pytest.mark.parametrize(
    ("counts", "classes"),
    [
        ([[40, 4], [0, 29]], [7, 8]),
        (np.array([[40, 4], [0, 29]]), ["7", "8"]),
        ([np.array([40.0, 4.0]), np.array([0, 29])], np.array([7, 8])),
        ({("7", "7"): 40, ("7", 8): 4, (8, 8): 29, (8, 7): 0}, None),
        ({**DIGITS, "classes": ["a", "b"]}, ["7", "8"]),
        (DIGITS, None),
    ],
)
def test_counts_of_any_form_are_the_same_matrix(counts: Any, classes: Any) -> None:
    assert matrix_columns(counts, classes) == DIGITS


def test_a_data_frame_has_its_classes_on_both_sides() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([[40, 4], [0, 29]], index=[7, 8], columns=[7, 8])
    assert matrix_columns(frame) == DIGITS
    with pytest.raises(ValueError, match="other classes than their rows"):
        matrix_columns(frame.rename(columns={7: 9}))


@pytest.mark.parametrize(
    ("counts", "classes", "said"),
    [
        ([], None, "no class"),
        ([[1, 2], [3]], None, "row 1"),
        ([[1, 2], [3, 4]], ["a"], "2 rows of counts for 1 classes"),
        ([[1, -1], [3, 4]], None, "no count"),
        ([[1, 0.5], [3, 4]], None, "whole number"),
        ([[1, float("nan")], [3, 4]], None, "no count"),
        ([[1, 0], [0, 1]], [1, "1"], "two classes are called '1'"),
        ({("a", "b"): 1}, ["a"], "'b' is none"),
        ({"a": 1}, None, "look like"),
        (3, None, "iterable"),
    ],
)
def test_what_is_no_matrix_is_refused(counts: Any, classes: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        matrix_columns(counts, classes)


def test_a_matrix_reaches_the_server_with_its_step(online: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run = paceline.init("vision/digits")
    run.log({"loss": 1}, step=5)
    run.log_confusion_matrix("val/a b%", [[40, 4], [0, 29]], classes=[7, 8])
    run.log_confusion_matrix("val", y_true=[0, 1, 1, 2], y_pred=[0, 0, 1, 2], classes=[1, 0], step=7)
    run.log_class_table("val", y_true=[0, 1], y_pred=[0, 0], step=7)
    run.log_confusion_matrix("val", [["many"]])  # warned of, left out
    run.log_confusion_matrix("val")
    run.finish()
    (first, second) = sorted(online.matrices.items(), key=lambda one: one[0][2])
    assert (first[0][1], second[0][1]) == ("val/a b%", "val")
    assert first[1] == {"attempt": 1, "step": 5, **DIGITS}
    assert second[1]["classes"] == ["1", "0"]
    assert dense(second[1]) == [[1, 1], [0, 1]]
    assert len(online.tables) == 1
    assert "the confusion matrix 'val' was left out" in capsys.readouterr().err


def test_matrices_logged_offline_are_sent_later(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = paceline.init("vision/digits", mode="offline")
    for step in range(3):
        run.log_confusion_matrix("val", [[step]], step=step)
    run.log_class_table("val", [{"class": "8", "recall": 1}], step=9)
    run.finish()
    monkeypatch.setenv("PACELINE_SERVER", server.url)
    monkeypatch.setenv("PACELINE_API_KEY", KEY)
    assert main(["sync"]) == 0
    assert sorted(step for _, _, step in server.matrices) == [0, 1, 2]
    (ledger,) = (tmp_path / "spools" / "sent").glob("*.json")
    known = json.loads(ledger.read_text())
    assert (known["tables"], known["matrices"]) == ({"val": [9]}, {"val": [0, 1, 2]})


def test_spools_of_before_there_were_kinds_are_read() -> None:
    old = zlib.compress(json.dumps({"key": "val", "step": 3, "classes": ["8"], "columns": {}}).encode())
    kept = unpacked(old, attempt=2)
    assert (kept.kind, kept.key, kept.step) == ("class", "val", 3)
    assert json.loads(kept.body) == {"attempt": 2, "step": 3, "classes": ["8"], "columns": {}}
    later = zlib.compress(json.dumps({"key": "val", "step": 3, "kind": "predictions"}).encode())
    with pytest.raises(ValueError, match="later release"):
        unpacked(later, attempt=1)
