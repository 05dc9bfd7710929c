"""What reaches the server, whatever the server does meanwhile: every point once, and training never waits."""

import json
import math
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paceline
import pytest
from paceline import runs, sender
from paceline.command import main
from paceline.server import retry_after

from tests.client.stand_in import KEY, StandIn

Output = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def quick(monkeypatch: Patch) -> None:
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(sender, "LONGEST_WAIT", 0.2)


def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def spools(tmp_path: Path) -> list[Path]:
    return sorted(path.parent for path in (tmp_path / "spools").glob("*/run.json"))


def test_a_run_is_created_filled_and_finished(online: StandIn, tmp_path: Path) -> None:
    with paceline.init("vision/digits", name="first", config={"lr": 0.1, "api_key": "x"}, tags=["a"], group="g") as run:
        for step in range(100):
            run.log({"loss": 1 / (step + 1), "val": {"acc": step}})
        run.log({"late": math.nan, "inf": -math.inf}, step=1000)
        run.config["epochs"] = 3
        run.summary["best"] = {"acc": 99}
    found = online.only_run()
    assert (found["state"], found["name"], found["project"]) == ("finished", "first", "vision/digits")
    assert found["config"] == {"lr": 0.1, "api_key": "[hidden]", "epochs": 3}
    assert found["summary"] == {"best": {"acc": 99}}
    assert (found["tags"], found["group"]) == (["a"], "g")
    assert found["provenance"]["command"]
    assert online.steps("loss") == list(range(100))
    assert online.steps("val/acc") == list(range(100))
    assert {point.key for point in online.points() if point.step == 1000} == {"late", "inf"}
    assert run.url == found["url"]
    assert spools(tmp_path) == []


def test_module_functions_use_the_run_that_init_started(online: StandIn) -> None:
    paceline.log({"loss": 1})  # before init: warned of, ignored
    run = paceline.init("vision/digits")
    paceline.log({"loss": 2})
    paceline.config["a"] = 1
    assert paceline.run is run
    paceline.finish()
    assert paceline.run is None
    paceline.log({"loss": 3})
    assert [point.value for point in online.points()] == [2]


def test_init_again_finishes_the_run_before(online: StandIn) -> None:
    first = paceline.init("vision/digits")
    first.log({"loss": 1})
    second = paceline.init("vision/digits")
    second.log({"loss": 2})
    assert online.run(first.id)["state"] == "finished"
    second.finish("failed", "no luck")
    assert (online.run(second.id)["state"], online.run(second.id)["message"]) == ("failed", "no luck")


def test_points_logged_while_the_server_is_down_arrive_when_it_is_back(online: StandIn, tmp_path: Path) -> None:
    online.stop()
    run = paceline.init("vision/digits", config={"lr": 1})
    for step in range(50):
        run.log({"loss": step})
    time.sleep(0.1)
    online.start()
    until(lambda: len(online.steps("loss")) == 50)
    online.stop()
    for step in range(50, 100):
        run.log({"loss": step})
    time.sleep(0.1)
    online.start()
    run.finish()
    assert online.steps("loss") == list(range(100))
    assert online.only_run()["state"] == "finished"
    assert spools(tmp_path) == []


def log_turn(run: paceline.Run, online: StandIn, turn: int, behaviour: str) -> int:
    """Log 20 points while the server behaves so. Returns how many requests it had had before."""
    asked = len(online.requests)
    online.behave(behaviour)
    for step in range(20):
        run.log({"loss": step, "lr": turn})
        time.sleep(0.002)
    return asked


@pytest.mark.parametrize("behaviour", ["error", "busy", "deaf"])
def test_every_point_arrives_once_from_a_server_that_fails_at_times(
    online: StandIn, behaviour: str, monkeypatch: Patch
) -> None:
    online.retry_after = "0.1"
    run = paceline.init("vision/digits")
    for turn in range(0, 6, 2):
        asked = log_turn(run, online, turn, behaviour)
        until(lambda: len(online.requests) > asked)  # noqa: B023 - is called at once
        log_turn(run, online, turn + 1, "ok")
        until(lambda: len(online.steps("loss")) == 20 * (turn + 2))  # noqa: B023 - is called at once
    online.behave("ok")
    run.finish()
    assert online.steps("loss") == list(range(120))
    assert len(online.runs) == 1
    if behaviour == "deaf":
        assert online.duplicates > 0


def test_a_training_that_seeded_random_draws_what_it_would_without_us(online: StandIn) -> None:
    online.behave("error")
    random.seed(7)
    expected = [random.random() for _ in range(5)]
    random.seed(7)
    run = paceline.init("vision/digits")
    run.log({"loss": 1})
    time.sleep(0.4)  # several tries, each with a random wait
    online.behave("ok")
    run.finish()
    assert [random.random() for _ in range(5)] == expected


def test_a_hanging_server_delays_neither_log_nor_the_end(online: StandIn, tmp_path: Path, capsys: Output) -> None:
    online.behave("hang")
    run = paceline.init("vision/digits")
    began = time.perf_counter()
    for step in range(2_000):
        run.log({"loss": step})
    assert time.perf_counter() - began < 1.0
    began = time.monotonic()
    run.finish(timeout=0.5)
    assert time.monotonic() - began < 2.0
    (spool,) = spools(tmp_path)
    assert f"2,000 points wait on disk. Send them with: paceline sync {spool}" in capsys.readouterr().err


def test_retry_after_is_honoured(online: StandIn) -> None:
    online.behave("busy")
    online.retry_after = "0.6"
    run = paceline.init("vision/digits")
    run.log({"loss": 1})
    until(lambda: online.requests)
    time.sleep(0.3)
    assert len(online.requests) == 1
    online.behave("ok")
    run.finish()
    assert online.steps("loss") == [0]


def test_retry_after_is_read_in_both_forms() -> None:
    assert retry_after("7") == 7
    assert retry_after("99999") == 600
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") == retry_after("") == 0


def test_a_refused_batch_is_set_aside_and_the_rest_goes_on(online: StandIn, tmp_path: Path, capsys: Output) -> None:
    online.refused_key = "bad"
    run = paceline.init("vision/digits")
    run.log({"good": 1})
    run.flush()
    run.log({"bad": 2, "good": 2})
    run.flush()
    run.log({"good": 3})
    run.finish()
    assert online.steps("good") == [0, 2]
    (spool,) = spools(tmp_path)
    (kept,) = (spool / "refused").iterdir()
    content = json.loads(kept.read_text())
    assert content["reason"]["code"] == "bad_batch"
    assert content["reason"]["fields"] == {"values.bad": "is refused here"}
    assert json.loads(content["body"])["values"]["bad"] == [2.0]
    assert "values.bad: is refused here" in capsys.readouterr().err


def test_a_wrong_key_keeps_the_spool_and_sync_sends_it(
    online: StandIn,
    tmp_path: Path,
    capsys: Output,
) -> None:
    run = paceline.init("vision/digits", api_key="wrong")
    run.log({"loss": 1})
    run.finish(timeout=1)
    assert "Set PACELINE_API_KEY" in capsys.readouterr().err
    assert online.runs == {}
    assert main(["sync"]) == 0
    assert online.steps("loss") == [0]
    assert online.only_run()["state"] == "finished"
    assert spools(tmp_path) == []
    assert main(["sync"]) == 0


def test_something_that_is_no_paceline_server_gets_the_points_later(online: StandIn, capsys: Output) -> None:
    online.behave("html")
    run = paceline.init("vision/digits")
    run.log({"loss": 1})
    run.flush(0.2)
    assert "not as a Paceline server does" in capsys.readouterr().err
    online.behave("ok")
    run.finish()
    assert online.steps("loss") == [0]


def test_an_offline_run_is_sent_by_sync_with_its_own_times(online: StandIn, tmp_path: Path) -> None:
    run = paceline.init("vision/digits", mode="offline", name="there")
    for step in range(10):
        run.log({"loss": step}, step=step * 10)
    run.summary["best"] = 1
    run.finish("stopped")
    assert online.requests == []
    logged = time.time()
    assert main(["sync", str(tmp_path / "spools")]) == 0
    found = online.only_run()
    assert (found["name"], found["state"], found["summary"]) == ("there", "stopped", {"best": 1})
    assert online.steps("loss") == list(range(0, 100, 10))
    (body,) = online.batches.values()
    assert all(time / 1000 <= logged for time in body["time"])
    assert spools(tmp_path) == []


def test_sync_says_what_is_left_when_the_server_is_away(
    online: StandIn, tmp_path: Path, monkeypatch: Patch, capsys: Output
) -> None:
    monkeypatch.setattr("paceline.syncing.PATIENCE_SECONDS", 0.3)
    run = paceline.init("vision/digits", mode="offline")
    run.log({"loss": 1})
    run.finish()
    online.stop()
    assert main(["sync"]) == 1
    assert "1 points are left" in capsys.readouterr().out
    online.start()
    assert main(["sync"]) == 0
    assert online.steps("loss") == [0]


def test_without_server_or_key_a_run_is_recorded_on_disk_with_one_warning(
    online: StandIn, monkeypatch: Patch, capsys: Output
) -> None:
    monkeypatch.delenv("PACELINE_SERVER")
    run = paceline.init("vision/digits")
    run.log({"loss": 1})
    run.finish()
    said = capsys.readouterr().err
    assert said.count("PACELINE_SERVER") == 1
    assert "paceline sync" in said
    assert main(["sync", "--server", online.url]) == 0
    assert online.steps("loss") == [0]


def test_settings_come_from_the_users_file_too(server: StandIn, tmp_path: Path) -> None:
    (tmp_path / "config" / "paceline").mkdir(parents=True)
    (tmp_path / "config" / "paceline" / "config").write_text(
        f'# mine\nserver = {server.url}/\napi_key="{KEY}"\nteam = vision\n'
    )
    run = paceline.init("digits & more")
    run.log({"loss": 1})
    run.finish()
    assert server.only_run()["project"] == "vision/digits-more"


def test_a_disabled_run_does_nothing(online: StandIn, tmp_path: Path) -> None:
    run = paceline.init("vision/digits", mode="disabled")
    run.log({"loss": 1})
    run.config["a"] = 1
    run.finish()
    assert online.requests == []
    assert spools(tmp_path) == []


def test_a_full_spool_counts_what_is_lost_and_says_so(
    online: StandIn, tmp_path: Path, monkeypatch: Patch, capsys: Output
) -> None:
    monkeypatch.setenv("PACELINE_SPOOL_MAX", "20k")
    online.stop()
    run = paceline.init("vision/digits")
    for step in range(40):
        run.log_columns({"noise": [math.sin(step * 1000 + place) for place in range(100)]})
        time.sleep(0.01)
    until(lambda: run.lost_points > 0)
    online.start()
    run.finish()
    found = online.only_run()
    assert found["lost_points"] == run.lost_points > 0
    assert len(online.points()) + run.lost_points == 4_000
    said = capsys.readouterr().err
    assert "PACELINE_SPOOL_MAX" in said
    assert f"{run.lost_points:,} points were lost" in said


def test_an_unwritable_folder_does_not_stop_a_run(online: StandIn, tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    run = paceline.init("vision/digits", dir=str(tmp_path / "file" / "spools"))
    run.log({"loss": 1})
    run.finish()
    assert online.steps("loss") == [0]
    assert online.only_run()["state"] == "finished"


def test_what_is_no_number_is_warned_of_once_and_left_out(online: StandIn, capsys: Output) -> None:
    run = paceline.init("vision/digits")
    for _ in range(5):
        run.log({"loss": 1, "image": object(), "text": "x", "x" * 251: 1})
    run.log({"loss": 1}, step=0.5)
    run.log([1, 2])  # type: ignore[arg-type]
    run.log({})
    run.finish()
    assert [point.key for point in online.points()] == ["loss"] * 5
    said = capsys.readouterr().err
    assert said.count('"image"') == said.count('"text"') == said.count("251 characters") == 1


def test_steps_count_on_from_the_greatest(online: StandIn) -> None:
    run = paceline.init("vision/digits")
    run.log({"a": 1})
    run.log({"a": 1}, step=10)
    run.log({"a": 1})
    run.log({"a": 1}, step=3)
    run.log({"a": 1})
    run.log_columns({"a": [1, 2]})
    run.finish()
    assert online.steps("a") == [0, 3, 10, 11, 12, 13, 14]


def test_columns_are_rows(online: StandIn) -> None:
    numpy = pytest.importorskip("numpy")
    run = paceline.init("vision/digits")
    run.log_columns(
        {"a": numpy.arange(250_000, dtype=numpy.float32), "b": numpy.zeros(250_000)}, step=numpy.arange(250_000) * 2
    )
    with pytest.raises(ValueError, match="different lengths"):
        run.log_columns({"a": [1], "b": [1, 2]})
    run.finish(timeout=30)
    assert online.steps("a") == list(range(0, 500_000, 2))
    assert max(len(body["step"]) for body in online.batches.values()) <= 50_000


def test_an_id_that_is_taken_is_refused_at_init(online: StandIn, tmp_path: Path) -> None:
    paceline.init("vision/digits", id="mine").finish()
    with pytest.raises(paceline.ResumeError, match="resume="):
        paceline.init("vision/digits", id="mine")
    with pytest.raises(paceline.ResumeError, match="unknown"):
        paceline.init("vision/digits", id="unknown", resume="must")
    assert spools(tmp_path) == []
    assert len(online.runs) == 1


def test_a_resume_opens_an_attempt_and_counts_on(online: StandIn) -> None:
    paceline.init("vision/digits", id="mine").finish()
    online.only_run()["metrics"] = {"loss": {"last_step": 41}, "lr": {"last_step": 7}}
    run = paceline.init("vision/digits", id="mine", resume="allow")
    run.log({"loss": 1})
    run.finish()
    assert online.steps("loss") == [42]
    (body,) = online.batches.values()
    assert body["attempt"] == 2


def test_an_id_taken_while_the_server_was_away_gets_a_new_name(
    online: StandIn, monkeypatch: Patch, capsys: Output
) -> None:
    paceline.init("vision/digits", id="mine").finish()
    monkeypatch.setattr("paceline.starting.ANSWER_SECONDS", 0.1)
    online.stop()
    run = paceline.init("vision/digits", id="mine")
    run.log({"loss": 1})
    online.start()
    run.finish()
    assert sorted(found["client_id"].split(".")[0] for found in online.runs.values()) == ["mine", "mine"]
    assert len(online.runs) == 2
    assert "is recorded as" in capsys.readouterr().err


def test_a_lost_answer_to_the_creation_makes_no_second_run(online: StandIn, monkeypatch: Patch) -> None:
    monkeypatch.setattr("paceline.starting.ANSWER_SECONDS", 0.2)
    online.behave("deaf")
    run = paceline.init("vision/digits", id="mine")
    run.log({"loss": 1})
    until(lambda: len(online.requests) >= 2)
    online.behave("ok")
    run.finish()
    assert online.only_run()["client_id"] == "mine"
    assert online.steps("loss") == [0]


def test_a_description_the_server_refuses_costs_no_points(online: StandIn, capsys: Output) -> None:
    run = paceline.init("vision/digits", tags=["bad"], config={"lr": 1})
    run.log({"loss": 1})
    run.finish()
    assert online.steps("loss") == [0]
    assert "A tag is bad" in capsys.readouterr().err


def test_the_server_can_ask_a_run_to_stop(online: StandIn, monkeypatch: Patch) -> None:
    monkeypatch.setattr(sender, "HEARTBEAT_SECONDS", 0.05)
    online.stop_asked = True
    run = paceline.init("vision/digits")
    assert not run.stop_requested
    until(lambda: run.stop_requested)
    run.finish()
    assert online.only_run()["beats"] >= 1


@pytest.mark.parametrize(
    "arguments",
    [{"mode": "later"}, {"resume": "perhaps", "id": "a"}, {"resume": "must"}, {"url": "ftp://x"}, {"config": 3}],
)
def test_arguments_that_make_no_sense_are_refused_at_once(arguments: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        paceline.init("vision/digits", **arguments)  # type: ignore[arg-type]


def test_threads_may_log_to_one_run(online: StandIn) -> None:
    run = paceline.init("vision/digits")

    def work(number: int) -> None:
        for step in range(500):
            run.log({f"thread/{number}": step})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()
    found = online.points()
    assert len(found) == 4_000
    assert len({point.step for point in found}) == 4_000
