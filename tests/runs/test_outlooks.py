"""Which metric leads a run, up to where its outlook goes, and that it costs little when nothing came."""

import re
from typing import Any

import numpy as np
import pytest

from apps.history.queries import heads
from apps.runs import outlooks
from apps.runs.errors import NoSuchMetric
from apps.runs.leading import leading_metrics
from apps.runs.models import MetricDirection, Run
from apps.runs.outlooks import RunOutlook, run_outlook
from tests.factories import api_client, browser, history_path, make_run, team_admin

pytestmark = pytest.mark.django_db
STEPS = np.arange(1, 401)
FALLING = 0.3 + 2 * STEPS**-0.5


def send(run, values, steps=STEPS, seq=0):
    body = {
        "writer": "w",
        "seq": seq,
        "step": np.asarray(steps).tolist(),
        "values": {k: np.asarray(v).tolist() for k, v in values.items()},
    }
    assert api_client(team_admin(run)).send("POST", history_path(run), body).status_code == 200


def leading(run, most=10):
    return list(leading_metrics(run.project, heads([run.id])[run.id], most))


def test_held_out_losses_and_scores_lead_and_one_of_many_and_the_machine_do_not():
    run = make_run()
    names = [
        "lr",
        "train/loss",
        "val/loss",
        "val/accuracy",
        "val/recall/3",
        "system/cpu_percent",
        "time/seconds",
        "best",
    ]
    send(run, {name: [1.0] for name in names}, steps=[1])
    assert leading(run) == ["val/accuracy", "val/loss", "val/recall/3", "train/loss"]
    MetricDirection.objects.create(project=run.project, name="best", direction="max")
    MetricDirection.objects.create(project=run.project, name="val/loss", direction="unknown")
    assert leading(run, 2) == ["best", "val/accuracy"]


def told(run: Run) -> RunOutlook:
    found = run_outlook(run)
    assert found is not None
    return found


def test_a_run_is_expected_where_its_config_ends_else_twice_as_far():
    run = make_run(config={"trainer": {"max_steps": 1000}, "epochs": 3})
    send(run, {"val/loss": FALLING})
    found = told(run)
    assert (found.name, found.found.at, found.planned, found.found.verdict) == ("val/loss", 1000, True, "falling")
    run.config = {"max_steps": 10**400, "total_steps": float("inf"), "steps": "800", "epochs": True, "x": []}
    assert not told(run).planned
    run.config = {"max_steps": 400_000}
    found = told(run)
    assert (found.found.at, found.planned) == (801, False)
    assert found.found.low <= 0.3 + 2 * 801**-0.5 <= found.found.high


def test_an_outlook_is_made_once_for_the_same_points(monkeypatch):
    run = make_run()
    send(run, {"val/loss": FALLING})
    asked: list[int] = []
    answers = outlooks.answers

    def counted(questions: Any) -> Any:
        asked.append(1)
        return answers(questions)

    monkeypatch.setattr(outlooks, "answers", counted)
    assert told(run).found == told(run).found
    assert len(asked) == 1
    send(run, {"val/loss": [0.4]}, steps=[401], seq=1)
    assert told(run).found.points == 401
    assert len(asked) == 2


def test_the_api_answers_a_range_or_why_there_is_none():
    run = make_run()
    client = api_client(team_admin(run))
    path = f"/api/v1/runs/{run.slug}/outlook/"
    assert client.get(path).json()["reason"].startswith("no metric")
    send(run, {"val/loss": FALLING, "short": [1.0] + [None] * 399, "lr": ["NaN"] * 400})
    told = client.get(path).json()
    assert (told["key"], told["verdict"], told["share"], told["direction"]) == ("val/loss", "falling", 0.8, "min")
    assert told["low"] < told["middle"] < told["high"]
    assert "at least 24" in client.get(path + "?key=short").json()["reason"]
    assert "not finite" in client.get(path + "?key=lr").json()["reason"]
    assert "3 times" in client.get(path + "?key=val/loss&step=9007199254740992").json()["reason"]
    assert client.get(path + "?step=-1").status_code == 400
    assert client.get(path + "?step=1" + "0" * 40).status_code == 400
    missing = client.get(path + "?key=<script>")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    with pytest.raises(NoSuchMetric):
        run_outlook(run, name="x")


def test_the_page_says_how_good_a_run_is_beside_the_one_before_and_where_it_goes():
    before = make_run(name="seed-1", group="a")
    run = make_run(before.project, name="seed-2", group="a", config={"max_steps": 800})
    send(before, {"val/loss": FALLING + 0.1, "val/<b>acc": 1 - FALLING / 3})
    send(run, {"val/loss": FALLING, "val/<b>acc": 1 - FALLING / 3})
    shown = browser(team_admin(run)).get(run.get_absolute_url()).content.decode()
    assert "0.4" in shown
    assert "−0.1" in shown
    assert 'visually-hidden"> better' in shown
    assert "±0" in shown
    assert "still falling; by step 800 about" in shown or "still rising; by step 800 about" in shown
    assert "of 800, 50 %" in shown
    assert "<b>acc" not in shown
    assert "seed-1" in shown


def test_of_a_run_that_ended_it_is_said_what_would_have_been():
    run = make_run(state="finished")
    send(run, {"val/loss": FALLING})
    shown = browser(team_admin(run)).get(run.get_absolute_url()).content.decode()
    assert re.search("was (still falling|flat.*) when it ended; up to step [0-9,]+ it would have come to about", shown)


def test_a_run_without_metrics_has_neither_headline_nor_outlook():
    run = make_run()
    shown = browser(team_admin(run)).get(run.get_absolute_url()).content.decode()
    assert "outlook-words" not in shown
    assert 'class="headline"' not in shown


def test_the_page_tells_where_another_metric_goes_when_asked():
    run = make_run()
    send(run, {"val/loss": FALLING, "lr & <x>": 1 / STEPS})
    client = browser(team_admin(run))
    shown = client.get(run.get_absolute_url(), {"outlook": "lr & <x>"}).content.decode()
    assert "<b>lr &amp; &lt;x&gt;</b>" in shown
    assert "?outlook=lr%20%26%20%3Cx%3E#outlook" in shown
    assert "<b>val/loss</b>" in client.get(run.get_absolute_url(), {"outlook": "never logged"}).content.decode()
