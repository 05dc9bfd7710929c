"""POST live/, charts: what a page holds after any answers is what it would be given anew, and nothing comes twice."""

import gzip
import math
import random
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Scope
from apps.history.batches import Batch, Group
from apps.history.jobs import settle_run
from apps.history.services import append_batch
from apps.runs import grants
from apps.runs.models import CRASHED_AFTER, Run, Visibility
from tests.factories import api_client, make_project, make_run, make_user, team_admin
from tests.panels.binary import read_binary
from tests.panels.open_page import COLUMNS, OpenPage

pytestmark = pytest.mark.django_db

BASE = 1_700_000_000_000


class Log:
    """What a run logs: steps go on from where it stopped."""

    def __init__(self, run: Run) -> None:
        self.run, self.step, self.seq, self.attempt = run, 0, 0, 1

    def more(self, values: list[float], step: int | None = None, every: int = 1) -> None:
        begin = self.step if step is None else step
        steps = begin + every * np.arange(len(values), dtype=np.int64)
        group = Group(steps, BASE + 250 * steps, ["loss"], np.array([values], np.float64))
        append_batch(
            run_id=self.run.id, attempt=self.attempt, writer=f"w{self.attempt}", seq=self.seq, batch=Batch([group])
        )
        self.seq += 1
        self.step = max(self.step, int(steps[-1]) + every)

    def resume(self, step: int) -> None:
        """A new attempt that begins at a step: later points of those before are superseded."""
        self.attempt += 1
        self.step = step


def question(*runs: Run, **fields: Any) -> dict[str, Any]:
    return {"runs": [run.slug for run in runs], "key": "loss", "px": 20, "growing": True, **fields}


def open_page(*questions: dict[str, Any], run: Run) -> OpenPage:
    return OpenPage(api_client(team_admin(run), scope=Scope.READ), list(questions))


def assert_is_whole(page: OpenPage) -> None:
    """What the page holds is to the byte what the same questions are answered anew."""
    response = page.client.send(
        "POST", "/api/v1/series/query", {"questions": page.questions}, HTTP_ACCEPT="application/vnd.paceline.series"
    )
    for place, answer in enumerate(read_binary(response.content)):
        lines = {line.get("name") or line["run"]: line for line in answer.get("bands") or answer["runs"]}
        held = page.held[place]
        assert list(lines) == list(held)
        for name, line in lines.items():
            assert_same(line, held[name])
        assert {name: answer[name] for name in ("from", "to", "shown")} == {
            name: page.heads[place][name] for name in ("from", "to", "shown")
        }


def assert_same(line: dict[str, Any], held: dict[str, Any]) -> None:
    assert set(line) == set(held)
    for name, value in line.items():
        if name in COLUMNS:
            assert value.tobytes() == held[name].tobytes(), name
        elif name == "smooth":
            assert_same(value, held[name])
        elif name != "types":  # a part of a column may be written shorter
            assert value == held[name], name


def test_only_points_beyond_those_held_come():
    log = Log(run := make_run())
    log.more([0.5] * 10)
    page = open_page(question(run), run=run)
    page.poll()
    assert page.came == 10
    log.more([0.25] * 3)
    page.poll()
    assert page.came == 3
    assert_is_whole(page)


def test_nothing_new_is_said_by_the_cursor_alone():
    log = Log(run := make_run())
    log.more([0.5] * 10)
    page = open_page(question(run), run=run)
    page.poll()
    assert "answers" not in page.poll()
    log.more([1.0])
    assert "answers" in page.poll()


def test_a_cursor_of_another_time_costs_nothing_but_what_differs():
    log = Log(run := make_run())
    log.more([0.5] * 10)
    page = open_page(question(run), run=run)
    page.poll()
    for cursor in ("", "of a server that is gone"):
        page.cursor = cursor
        page.poll()
        assert page.came == 0
        assert_is_whole(page)


def test_a_mark_that_means_nothing_brings_the_whole_line():
    log = Log(run := make_run())
    log.more([0.5] * 10)
    for mark in ("", "~", "x~1.2.3.y", "x~10.0.0.AAAAAAAA", "~" * 400, "x~99999999999.0.0.a", "\u0661.0.0.a"):
        page = open_page(question(run), run=run)
        page.held = [{run.slug: {"mark": mark, "n": 0}}]
        body = {"questions": page.questions, "held": page.marks}
        answer = read_binary(page.client.send("POST", "/api/v1/live/", body).content)[0]
        assert answer["runs"][0]["keep"] == [0, 0, 0]
        assert len(answer["runs"][0]["x"]) == 10


def test_a_large_answer_is_packed_for_whoever_can_unpack_it():
    log = Log(run := make_run())
    log.more(np.random.default_rng(1).normal(size=80).tolist())
    page = open_page(*[question(run)] * 20, run=run)
    body = {"questions": page.questions}
    plain = page.client.send("POST", "/api/v1/live/", body)
    packed = page.client.send("POST", "/api/v1/live/", body, HTTP_ACCEPT_ENCODING="br, gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_lines_of_runs_that_ended_are_only_named():
    ended, running = (run := make_run()), make_run(run.project)
    Log(ended).more([1.0] * 50)
    log = Log(running)
    log.more([1.0] * 50)
    page = open_page(question(ended, running), run=run)
    page.poll()
    log.more([2.0])
    answer = page.poll()["answers"]
    assert page.came == 1
    assert answer is not None
    assert_is_whole(page)


@pytest.mark.parametrize("draw", ["lines", "mean"])
def test_a_line_of_pixel_columns_keeps_them_until_its_range_is_twice_as_wide(draw):
    log = Log(run := make_run())
    log.more(np.sin(np.arange(5000) / 30).tolist())
    page = open_page(question(run, draw=draw), run=run)
    page.poll()
    whole = page.came
    sent = 0
    for turn in range(150):
        log.more(np.sin((5000 + 20 * turn + np.arange(20)) / 30).tolist())
        page.poll()
        sent += page.came
        assert page.came < whole / 4
    assert sent < 150 * 14
    assert_is_whole(page)
    log.more(np.zeros(2000).tolist())
    page.poll()
    assert_is_whole(page)


AXES: list[dict[str, Any]] = [
    {},
    {"draw": "mean"},
    {"smooth": 20},
    {"x": "time"},
    {"x": "time", "draw": "mean", "smooth": 4000},
    {"x": "relative"},
    {"x": "key:loss"},
    {"draw": "band"},
    {"from": 100},
    {"from": 50, "to": 400},
    {"growing": False},
]


@pytest.mark.parametrize("seed", range(4))
def test_after_any_answers_a_page_holds_what_it_would_be_given_anew(seed):
    chance = random.Random(seed)
    runs = [(first := make_run()), make_run(first.project), make_run(first.project)]
    logs = [Log(run) for run in runs]
    page = open_page(*(question(*runs, **axis) for axis in AXES if axis.get("growing", True)), run=first)
    odd = [math.nan, math.inf, -math.inf, 1e300, -0.0, 1e-320]
    for _ in range(30):
        log = chance.choice(logs)
        count = chance.choice([1, 3, 40, 300])
        values = [chance.choice(odd) if chance.random() < 0.03 else chance.gauss(0, 1) for _ in range(count)]
        if log.step and chance.random() < 0.12:
            log.resume(chance.randrange(log.step))
        late = chance.randrange(log.step) if log.step and chance.random() < 0.1 else None
        log.more(values, step=late, every=chance.choice([1, 1, 1, 7]))
        if chance.random() < 0.2:
            settle_run(log.run.id)
        if chance.random() < 0.7:
            page.poll()
            assert_is_whole(page)


def test_runs_that_may_not_be_read_any_more_are_named_and_the_others_go_on():
    gone, stays = (run := make_run()), make_run(run.project)
    for one in (gone, stays):
        Log(one).more([1.0, 2.0])
    page = open_page(question(gone, stays), question(gone), run=run)
    page.poll()
    assert list(page.held[0]) == [gone.slug, stays.slug]
    grants.forget_run(gone.id)
    Run.objects.filter(id=gone.id).update(deleted_at=run.created_at)
    page.poll()
    assert page.lost == [gone.slug]
    assert (list(page.held[0]), list(page.held[1])) == ([stays.slug], [])
    assert page.came == 0


def test_ten_runs_cost_as_many_queries_as_two():
    runs = [(run := make_run()), make_run(run.project)]
    counts: list[int] = []
    for _ in range(2):
        logs = [Log(one) for one in runs]
        for log in logs:
            log.seq, log.step = 100 * len(counts), 100 * len(counts)
            log.more([1.0, 2.0])
        page = open_page(question(*runs), run=run)
        page.poll()
        for log in logs:
            log.more([3.0])
        grants.forget_readers()  # they live a second, which a slow machine needs for a poll
        with CaptureQueriesContext(connection) as queries:
            page.poll()
        assert page.came == len(runs)
        counts.append(len(queries))
        runs += [make_run(run.project) for _ in range(8)]
    assert counts[0] == counts[1]


def test_charts_without_a_page_are_told_which_runs_run():
    running, ended = (run := make_run()), make_run(run.project, state="finished")
    silent = make_run(run.project)
    Run.objects.filter(id=silent.id).update(heartbeat_at=run.heartbeat_at - 2 * CRASHED_AFTER)
    page = open_page(question(running, ended, silent), run=run)
    assert page.poll()["running"] == [running.slug]


def test_nothing_is_said_of_runs_of_which_none_may_be_read():
    run = make_run(make_project(visibility=Visibility.PRIVATE))
    Log(run).more([1.0])
    stranger = api_client(make_user(), scope=Scope.READ)
    answer = stranger.send("POST", "/api/v1/live/", {"questions": [question(run)]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({}, "page"),
        ({"page": 1}, "page"),
        ({"page": "https://elsewhere/"}, "page"),
        ({"page": "//elsewhere/"}, "page"),
        ({"page": "/", "parts": {"a": 1}}, "parts"),
        ({"page": "/", "cursor": 5}, "cursor"),
        ({"questions": {}}, "questions"),
        ({"questions": [{"runs": [], "key": "loss"}]}, "questions[0].runs"),
        ({"questions": [{}], "held": []}, "held"),
        ({"questions": [{}], "held": [{"run": 1}]}, "held"),
        ({"page": "/", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_read_is_named(body, field):
    answer = api_client(scope=Scope.READ).send("POST", "/api/v1/live/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["fields"]
