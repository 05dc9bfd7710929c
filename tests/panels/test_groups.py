"""Bands, smoothing and a run's own time through the API: what they answer, and what cannot be combined."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from apps.panels import wire
from apps.runs.models import Attempt, Run
from tests.factories import make_project, make_run
from tests.panels.binary import read_binary
from tests.panels.test_series import ask, log, query, reader

pytestmark = pytest.mark.django_db


def seeds(**configs: list[dict[str, Any]]) -> list[Run]:
    project = make_project()
    return [make_run(project, config=config) for config in configs["configs"]]


def test_a_band_is_mean_spread_and_extremes_over_runs():
    runs = seeds(configs=[{"lr": 0.1, "seed": place} for place in range(3)])
    for place, run in enumerate(runs):
        log(run, "loss", [1, 2], [float(place), float("nan") if place else 5.0])
    answer = ask(reader(runs[0]), run=[run.slug for run in runs], key="loss", draw="band").json()
    assert (answer["runs"], answer["selected"], answer["shown"]) == ([], 3, 3)
    (band,) = answer["bands"]
    assert band["runs"] == [run.slug for run in runs]
    assert band.pop("stderr") == [pytest.approx(3**-0.5), None]
    assert band == {
        "name": "all runs",
        "runs": band["runs"],
        "selected": 3,
        "shown": 3,
        "method": "band",
        "level": 0,
        "x": [1, 2],
        "y": [1.0, 5.0],
        "std": [1.0, None],
        "count": [3, 1],
        "low": [0.0, 5.0],
        "high": [2.0, 5.0],
        "stored": 6,
        "drawn": 2,
        "superseded": 0,
        "cell": 1,
        "nonfinite": [{"x": 2, "kind": "nan", "n": 2}],
    }


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        (["config.lr"], {"lr=0.1": [0, 1], "lr=1": [2, 3], "lr=none": [4]}),
        (["config.opt.name"], {"opt.name=adam": [0, 1, 2], "opt.name=sgd": [3], "opt.name=none": [4]}),
        (["config.lr", "group"], {"lr=0.1, group=a": [0, 1], "lr=1, group=none": [2, 3], "lr=none, group=none": [4]}),
        (["-config.seed"], {"lr=0.1, opt.name=adam": [0, 1], "lr=1, opt.name=adam": [2], "lr=1, opt.name=sgd": [3],
                            "lr=none, opt.name=none": [4]}),
        (["-config.lr", "-config.seed", "-config.opt"], {"all runs": [0, 1, 2, 3, 4]}),
    ],
)  # fmt: skip
def test_runs_are_grouped_by_what_their_config_says(group_by, expected):
    configs: list[dict[str, Any]] = [
        *({"lr": 0.1, "seed": seed, "opt": {"name": "adam"}} for seed in range(2)),
        {"lr": 1, "seed": 0, "opt": {"name": "adam"}},
        {"lr": 1.0, "seed": 1, "opt": {"name": "sgd"}},
        {"seed": 0},
    ]
    runs = seeds(configs=configs)
    for run in runs[:2]:
        run.group = "a"
        run.save()
    slugs = [run.slug for run in runs]
    asked = {"runs": slugs, "key": "loss", "draw": "band", "group_by": group_by}
    (answer,) = query(reader(runs[0]), [asked]).json()["answers"]
    assert {band["name"]: [slugs.index(one) for one in band["runs"]] for band in answer["bands"]} == expected
    in_url = ask(reader(runs[0]), run=slugs, key="loss", draw="band", group_by=group_by).json()
    assert in_url == answer


def test_a_key_with_dots_in_it_is_found():
    runs = seeds(configs=[{"a.b": 1, "a": {"c": {"d.e": 2}}}, {"a": {"b": 1}}])
    asked = {"runs": [run.slug for run in runs], "key": "loss", "draw": "band"}
    found = query(reader(runs[0]), [{**asked, "group_by": one} for one in ("config.a.b", "config.a.c.d.e")])
    names = [[band["name"] for band in answer["bands"]] for answer in found.json()["answers"]]
    assert names == [["a.b=1"], ["a.c.d.e=2", "a.c.d.e=none"]]


def test_groups_may_be_named_one_by_one_and_share_runs():
    runs = seeds(configs=[{}, {}])
    slugs = [run.slug for run in runs]
    for run in runs:
        log(run, "loss", [1], [1.0])
    groups = [{"name": "both", "runs": slugs}, {"name": "one", "runs": slugs[:1]}]
    asked = {"runs": slugs, "key": "loss", "draw": "band", "groups": groups}
    bands = query(reader(runs[0]), [asked]).json()["answers"][0]["bands"]
    assert [(band["name"], band["count"]) for band in bands] == [("both", [2]), ("one", [1])]


def test_a_config_that_changed_moves_the_etag_of_its_bands():
    runs = seeds(configs=[{"lr": 1}, {"lr": 2}])
    client, asked = reader(runs[0]), {"run": [run.slug for run in runs], "key": "loss", "draw": "band"}
    first = ask(client, **asked, group_by="config.lr")
    runs[0].config = {"lr": 2}
    runs[0].save()
    assert ask(client, **asked, group_by="config.lr")["ETag"] != first["ETag"]


def test_smoothing_comes_beside_the_line():
    run = make_run()
    log(run, "loss", [0, 10, 20], [0.0, 1.0, float("nan")])
    answer = ask(reader(run), run=run.slug, key="loss", smooth="10").json()
    line = answer["runs"][0]
    assert line["smooth"] == {"x": [0, 10], "y": [0.0, pytest.approx(1 / 1.5)], "cell": 1}
    assert line["y"] == [0.0, 1.0, None]


def test_time_counts_from_the_start_of_the_run():
    started = datetime(2026, 1, 1, tzinfo=UTC)
    run = make_run(attempt=2, started_at=started)
    Attempt.objects.filter(run=run, number=1).update(started_at=started)
    Attempt.objects.filter(run=run, number=2).update(started_at=started + timedelta(seconds=60))
    begin = int(started.timestamp() * 1000)
    log(run, "loss", [0, 1], [1.0, 2.0], time=[begin + 5, begin + 7])
    answers = query(reader(run), [{"runs": [run.slug], "key": "loss", "x": x} for x in ("relative", "active")])
    assert [(one["x"], one["runs"][0]["x"]) for one in answers.json()["answers"]] == [
        ("relative", [5, 7]),
        ("active", [5, 7]),
    ]


def test_the_binary_form_of_bands_and_smoothing_says_the_same_as_json():
    runs = seeds(configs=[{"seed": place} for place in range(3)])
    rng = np.random.default_rng(3)
    for run in runs:
        log(run, "loss", list(range(2000)), rng.normal(size=2000).tolist())
    slugs = [run.slug for run in runs]
    asked = [
        {"runs": slugs, "key": "loss", "draw": "band", "px": 100},
        {"runs": slugs, "key": "loss", "smooth": 100, "px": 100},
        {"runs": slugs, "key": "missing", "draw": "band"},
    ]
    binary = read_binary(query(reader(runs[0]), asked, HTTP_ACCEPT=wire.BINARY_TYPE).content)
    exact = query(reader(runs[0]), asked).json()["answers"]
    assert [one["name"] for one in binary[2]["bands"]] == ["all runs"]
    pairs = [(binary[0]["bands"][0], exact[0]["bands"][0])]
    pairs += [(a["smooth"], b["smooth"]) for a, b in zip(binary[1]["runs"], exact[1]["runs"], strict=True)]
    for small, full in pairs:
        for name in {"x", "count"} & full.keys():
            assert small[name].tolist() == full[name]
        for name in {"y", "std", "stderr", "low", "high"} & full.keys():
            assert np.abs(small[name] - np.array(full[name])).max() <= 2.0**-19 * 8
        assert small["cell"] == full["cell"]


def test_x_can_be_another_metric():
    run = make_run()
    log(run, "acc", [0, 1, 2, 3], [0.1, 0.2, 0.3, float("nan")])
    log(run, "epoch", [1, 3], [0.5, 1.5])
    asked = {"runs": [run.slug], "key": "acc", "x": {"key": "epoch"}}
    (answer,) = query(reader(run), [asked]).json()["answers"]
    line = answer["runs"][0]
    assert (answer["x"], answer["from"], answer["to"]) == ({"key": "epoch"}, 0.5, 1.5)
    assert (line["x"], line["y"]) == ([0.5, 0.5, 1.5], [0.2, 0.3, None])
    assert (line["unplaced"], line["method"], line["nonfinite"]) == (1, "raw", [{"x": 1.5, "kind": "nan", "n": 1}])
    assert ask(reader(run), run=run.slug, key="acc", x="key:epoch").json() == answer
    (binary,) = read_binary(query(reader(run), [asked], HTTP_ACCEPT=wire.BINARY_TYPE).content)
    assert binary["runs"][0]["x"].tolist() == line["x"]
    part = ask(reader(run), run=run.slug, key="acc", x="key:epoch", **{"from": 0.25, "to": 1.25}).json()
    assert (part["from"], part["to"], part["runs"][0]["stored"]) == (0.25, 1.25, 2)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"draw": "band", "x": "time"}, "x"),
        ({"draw": "band", "smooth": 10}, "smooth"),
        ({"group_by": ["config.lr"]}, "group_by"),
        ({"groups": [{"name": "a", "runs": ["RUN"]}]}, "groups"),
        ({"draw": "band", "group_by": ["lr"]}, "group_by"),
        ({"draw": "band", "group_by": ["config."]}, "group_by"),
        ({"draw": "band", "group_by": []}, "group_by"),
        ({"draw": "band", "group_by": [1]}, "group_by"),
        ({"draw": "band", "group_by": ["config.lr", "-config.seed"]}, "group_by"),
        ({"draw": "band", "group_by": "config.lr", "groups": [{"name": "a", "runs": ["RUN"]}]}, "groups"),
        ({"draw": "band", "groups": [{"name": "a", "runs": ["0000000000001"]}]}, "groups[0].runs"),
        ({"draw": "band", "groups": [{"name": "a", "runs": []}]}, "groups[0].runs"),
        ({"draw": "band", "groups": [{"name": 1, "runs": ["RUN"]}]}, "groups[0].name"),
        ({"draw": "band", "groups": [{"runs": ["RUN"]}]}, "groups[0]"),
        ({"draw": "band", "groups": {}}, "groups"),
        ({"x": {"key": "epoch"}, "draw": "band"}, "x"),
        ({"x": "key:epoch", "draw": "mean"}, "draw"),
        ({"x": "key:epoch", "smooth": 3}, "smooth"),
        ({"x": "key:"}, "x"),
        ({"x": "epoch"}, "x"),
        ({"x": {"key": "epoch", "more": 1}}, "x"),
        ({"x": {"key": ""}}, "x"),
        ({"x": 7}, "x"),
        ({"x": "key:epoch", "from": "soon"}, "from"),
        ({"x": "key:epoch", "from": 2.5, "to": 1.5}, "from"),
        ({"x": "relative", "from": 2.5}, "from"),
        ({"smooth": 0}, "smooth"),
        ({"smooth": -1}, "smooth"),
        ({"smooth": "soft"}, "smooth"),
        ({"smooth": True}, "smooth"),
        ({"smooth": 1e19}, "smooth"),
    ],
)
def test_what_cannot_be_combined_is_refused_with_its_path(change, path):
    run = make_run()
    if isinstance(change.get("groups"), list):
        groups = [
            {**one, "runs": [run.slug if text == "RUN" else text for text in one["runs"]]} for one in change["groups"]
        ]
        change = {**change, "groups": groups}
    response = query(reader(run), [{"runs": [run.slug], "key": "loss", **change}])
    assert response.status_code == 400
    assert set(response.json()["fields"]) == {f"questions[0].{path}"}


def test_more_groups_cost_no_more_queries(django_assert_max_num_queries):
    runs = seeds(configs=[{"lr": place // 2, "all": 1} for place in range(6)])
    for run in runs:
        log(run, "loss", [1, 2, 3], [1.0, 2.0, 3.0])
    client = reader(runs[0])
    asked = {"runs": [run.slug for run in runs], "key": "loss", "draw": "band"}
    query(client, [asked])
    counts = []
    for field in ("config.all", "config.lr"):
        with django_assert_max_num_queries(60) as captured:
            query(client, [{**asked, "group_by": field}])
        counts.append(len(captured.captured_queries))
    assert counts[0] == counts[1]
