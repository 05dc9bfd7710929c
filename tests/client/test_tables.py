"""Class tables: every form of rows, numbers as scikit-learn has them, and nothing lost on the way."""

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import paceline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paceline import runs, sender
from paceline.command import main
from paceline.tables import table_columns
from sklearn.metrics import classification_report, jaccard_score, precision_recall_fscore_support

from tests.client.stand_in import KEY, StandIn

DIGITS = {"classes": ["7", "8"], "support": [44.0, 41.0], "columns": {"recall": [0.98, None]}}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(sender, "LONGEST_WAIT", 0.2)


@pytest.mark.parametrize(
    "rows",
    [
        [{"class": 7, "support": 44, "recall": np.float32(0.98)}, {"class": "8", "support": 41}],
        {"class": ["7", "8"], "support": [44, 41], "recall": [0.98, None]},
        {"classes": np.array([7, 8]), "support": np.array([44, 41]), "recall": [0.98, None]},
        {"7": {"support": 44, "recall": 0.98}, "8": {"support": 41}, "accuracy": 0.9, "macro avg": {"recall": 0.9}},
    ],
)
def test_rows_of_any_form_are_the_same_table(rows: Any) -> None:
    found = table_columns(rows)
    found["columns"]["recall"] = [one if one is None else round(one, 6) for one in found["columns"]["recall"]]
    assert found == DIGITS


def test_a_data_frame_has_its_classes_in_a_column_or_as_its_index() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"class": [7, 8], "support": [44, 41], "recall": [0.98, math.nan]})
    assert table_columns(frame) == DIGITS
    assert table_columns(frame.set_index("class")) == DIGITS


def test_the_report_of_scikit_learn_is_a_table() -> None:
    report = classification_report([0, 0, 1], [0, 1, 1], output_dict=True)
    assert table_columns(report) == {
        "classes": ["0", "1"],
        "support": [2.0, 1.0],
        "columns": {"precision": [1.0, 0.5], "recall": [0.5, 1.0], "f1": [2 / 3, 2 / 3]},
    }


@pytest.mark.parametrize(
    "rows", [[], [{"recall": 1}], {"recall": [1]}, {"class": ["a"], "recall": [1, 2]}, [{"class": "a", "x": "high"}], 3]
)
def test_what_is_no_table_is_refused(rows: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        table_columns(rows)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_numbers_of_each_class_are_those_of_scikit_learn(data: st.DataObject) -> None:
    """With classes that are never true, never predicted, or neither."""
    classes = data.draw(st.integers(1, 6))
    size = data.draw(st.integers(1, 20))
    labels = st.lists(st.integers(0, classes - 1), min_size=size, max_size=size)
    true, said = data.draw(labels), data.draw(labels)
    if data.draw(st.booleans()):  # enough of them that NumPy counts
        true, said = true * 1_001, said * 1_001
    every = list(range(classes))
    found = paceline.per_class(np.array(true), said, labels=every)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, f1, support = precision_recall_fscore_support(true, said, labels=every, zero_division=np.nan)
        iou = jaccard_score(true, said, labels=every, average=None, zero_division=0)
    assert found["support"] == support.tolist()
    for metric, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
        np.testing.assert_allclose(found[metric], expected, rtol=1e-12, err_msg=metric)
    neither = [label not in true and label not in said for label in every]
    np.testing.assert_allclose(found["iou"], np.where(neither, np.nan, iou), rtol=1e-12)


def test_numpy_and_plain_python_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    for kind in ([0, 1, 2], ["a", "b", "é"], [True, False], [0, "a"]):
        true, said = ([kind[at] for at in random.integers(0, len(kind), 2_000)] for _ in range(2))
        with_numpy = paceline.per_class(true, said)
        with monkeypatch.context() as without:
            without.delitem(sys.modules, "numpy")
            assert paceline.per_class(true, said) == with_numpy


def test_names_and_lengths_of_labels_are_checked() -> None:
    assert paceline.per_class([0, 1], [0, 1], names=["cat", "dog"])["class"] == ["cat", "dog"]
    with pytest.raises(ValueError, match="2 labels, y_pred 1"):
        paceline.per_class([0, 1], [0])
    with pytest.raises(ValueError, match="1 names for 2 classes"):
        paceline.per_class([0, 1], [0, 1], names=["cat"])


def test_a_table_reaches_the_server_with_its_step(online: StandIn) -> None:
    run = paceline.init("vision/digits")
    run.log({"loss": 1}, step=5)
    run.log_class_table("val/a b%", [{"class": "8", "recall": math.nan, "iou": None}])
    run.log_class_table("val", y_true=[0, 1], y_pred=[0, 0], step=7)
    run.log_class_table("val", [{"class": "8", "recall": "no number"}])  # warned of, left out
    run.log_class_table("", [{"class": "8", "recall": 1}])
    run.log_class_table("val")
    run.finish()
    (first, second) = sorted(online.tables.items(), key=lambda one: one[0][2])
    assert (first[0][1], second[0][1]) == ("val/a b%", "val")
    assert (first[1]["step"], first[1]["classes"], first[1]["columns"]["iou"]) == (5, ["8"], [None])
    assert math.isnan(first[1]["columns"]["recall"][0])
    assert second[1]["columns"]["recall"] == [1.0, 0.0]
    assert second[1]["attempt"] == 1


def test_tables_logged_offline_are_sent_later(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = paceline.init("vision/digits", mode="offline")
    for step in range(3):
        run.log_class_table("val", [{"class": "8", "recall": step}], step=step)
    run.finish()
    monkeypatch.setenv("PACELINE_SERVER", server.url)
    monkeypatch.setenv("PACELINE_API_KEY", KEY)
    assert not server.tables
    assert main(["sync"]) == 0
    assert sorted(step for _, _, step in server.tables) == [0, 1, 2]
    assert "3 tables sent" in capsys.readouterr().out
    (ledger,) = (tmp_path / "spools" / "sent").glob("*.json")
    assert json.loads(ledger.read_text())["tables"] == {"val": [0, 1, 2]}


def test_a_full_spool_loses_tables_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PACELINE_SPOOL_MAX", "100")
    run = paceline.init("vision/digits", mode="offline")
    run.log_class_table("val", [{"class": str(at), "recall": at} for at in range(100)])
    run.finish()
    assert "class tables are being lost" in capsys.readouterr().err
