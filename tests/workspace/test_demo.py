"""The demo: real trainings, sent by the real client to a real site, and a report that says what they came to."""

import itertools
import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apps.reports.blocks import panel_block
from apps.workspace.demo import report, trainings
from apps.workspace.demo.progress import DONE, Progress, demo_progress, write_progress
from apps.workspace.demo.showing import Demo
from tests.services.site import Site


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A demo of seconds: one seed, two epochs, one block of the filter."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(trainings, "SEEDS", range(1))
    monkeypatch.setattr(trainings, "EPOCHS", 2)
    monkeypatch.setattr(trainings, "FILTER_STEPS", trainings.FILTER_BLOCK)


def read(site: Site, path: str) -> Any:
    request = urllib.request.Request(f"{site.url}/api/v1/{path}", headers={"Authorization": f"Bearer {site.admin_key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.usefixtures("small")
def test_the_demo_sends_every_run_and_a_report_and_goes_on_where_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo_progress() is None
    demo = Demo(url=site.url, api_key=site.admin_key, project="admin/demo")
    with monkeypatch.context() as broken:
        broken.setattr(demo, "_filter", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            demo.run()
    progress = demo_progress()
    assert progress is not None
    assert (progress["done"], progress["total"]) == (10, 12)
    assert "filter" in progress["text"]

    again = Demo(url=site.url, api_key=site.admin_key, project="admin/demo")
    again.run()
    assert demo_progress() is None
    runs = {run["name"]: run for run in read(site, "projects/admin/demo/runs/")["runs"]}
    assert len(runs) == 12
    assert {run["state"] for name, run in runs.items() if name != "diverges"} == {"finished"}
    assert runs["diverges"]["state"] == "failed"
    assert runs["filter"]["points"] == 4 * trainings.FILTER_BLOCK
    metrics = read(site, f"runs/{runs['mlp-lr0.002-batch16-seed0']['id']}/")["metrics"]
    assert {"train/loss", "val/loss", "val/accuracy", *(f"recall/{digit}" for digit in range(10))} <= set(metrics)
    assert metrics["val/loss"]["points"] == 2
    (table,) = read(site, f"runs/{runs['mlp-lr0.002-batch16-seed0']['id']}/class-tables/")["tables"]
    assert (table["key"], table["steps"]) == ("val", [2])
    assert len(read(site, f"runs/{runs['diverges']['id']}/class-tables/val/")["classes"]) == 10
    (matrix,) = read(site, f"runs/{runs['mlp-lr0.002-batch16-seed0']['id']}/confusion-matrices/")["matrices"]
    assert (matrix["key"], matrix["steps"]) == ("val", [2])
    assert read(site, f"runs/{runs['diverges']['id']}/confusion-matrices/val/")["examples"] == 450
    drawn = read(site, f"runs/{runs['mlp-lr0.002-batch16-seed0']['id']}/curves/val/")["curves"]
    assert min(one["roc_auc"] for one in drawn) > 0.95
    assert read(site, f"runs/{runs['diverges']['id']}/curves/val/")["curves"][8]["left_out"] > 0
    assert read(site, f"runs/{runs['diverges']['id']}/histograms/weights/")["nan"] > 0
    (written,) = read(site, "projects/admin/demo/reports/")["reports"]
    assert read(site, f"reports/{written['id']}/")["problems"] == []


def test_45_trainings_are_known_by_their_names() -> None:
    every = trainings.trainings()
    assert len({training.name for training in every}) == 45
    assert len({training.group for training in every[:9]}) == 9
    assert trainings.RELABELLED.name not in {training.name for training in every}
    assert trainings.RELABELLED.group not in {training.group for training in every}


def test_the_bad_labels_are_of_8s_alone() -> None:
    good, bad = trainings.training_labels(trainings.GOOD_LABELS), trainings.training_labels(trainings.BAD_LABELS)
    assert set(good[good != bad]) == {8}
    assert set(bad[good != bad]) == {3}
    assert 0.4 < (good != bad).sum() / (good == 8).sum() < 0.6


def test_too_large_a_rate_ends_in_infinity_and_then_in_nan() -> None:
    losses: list[float] = []
    first = trainings.diverge(lambda metrics, _: losses.append(metrics["train/loss"]))
    assert 20 < first < trainings.DIVERGING_EPOCHS
    assert np.isfinite(losses[: first - 1]).all()
    assert np.isinf(losses[first - 1])
    assert np.isnan(losses[-1])


def test_the_filter_has_spikes_and_gaps() -> None:
    blocks = list(itertools.islice(trainings.filter_blocks(), 6))
    steps = np.concatenate([block.steps for block in blocks])
    squared = np.concatenate([block.values["filter/squared_error"] for block in blocks])
    assert (np.diff(steps) == 1).all()
    assert 0 < np.isnan(squared).sum() < 5_000
    assert np.nanmax(squared) > 1_000 * np.nanmedian(squared)


def test_the_report_has_every_figure_and_panels_that_can_be_drawn() -> None:
    outcomes = {
        training.name: {
            "accuracy": 0.9 + training.seed / 1000,
            "epoch": 5,
            "val_loss": 0.3,
            "train_loss": 0.1,
            "lowest_val_loss": 0.2,
            "recalls": [0.9 + digit / 100 for digit in range(10)],
            "run": f"{number:013d}",
        }
        for number, training in enumerate([*trainings.trainings(), trainings.RELABELLED])
    }
    settings = report.settings_of(trainings.trainings(), outcomes)
    labels = report.relabelled(outcomes)
    text = report.written(settings, labels, diverged_at=7, diverging="0000000000001", filter="0000000000002")
    assert "$" not in text
    blocks = text.split("```panel\n")[1:]
    assert len(blocks) == 8
    for block in blocks:
        assert panel_block(block.partition("```")[0], 1).notes == ()


def test_progress_of_a_demo_that_is_done_is_not_shown(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    write_progress(Progress(total=3, current="one"))
    assert demo_progress() == {
        "done": 0,
        "total": 3,
        "state": "running",
        "text": "Real trainings on scikit-learn's digits, logged through the client. Now: one.",
    }
    write_progress(Progress(state=DONE, total=3))
    assert demo_progress() is None
    (tmp_path / "demo.json").write_text("{")
    assert demo_progress() is None
