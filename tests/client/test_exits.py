"""How a training ends is what its run says: in processes of their own, as trainings are."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.stand_in import StandIn

Start = Callable[..., "subprocess.Popen[str]"]

BEGIN = """
import os, signal, sys, time
import paceline
run = paceline.init("vision/digits", id="it", config={"lr": 1})
for step in range(20):
    run.log({"loss": step})
"""
UNNAMED = BEGIN.replace('id="it", ', "")  # so that init() does not wait for the server
READY = """
print("ready", flush=True)
time.sleep(30)
"""


def finished(process: "subprocess.Popen[str]", seconds: float = 20) -> tuple[int, str]:
    """Exit code and stderr."""
    _, said = process.communicate(timeout=seconds)
    return process.returncode, said


def ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()


@pytest.mark.parametrize(
    ("end", "code", "state", "message"),
    [
        ("", 0, "finished", ""),
        ("run.finish()", 0, "finished", ""),
        ("sys.exit()", 0, "finished", ""),
        ("sys.exit(3)", 3, "failed", "Exit code 3."),
        ("sys.exit('no data')", 1, "failed", "no data"),
        ("exit(2)", 2, "failed", "Exit code 2."),
        ("raise ValueError('loss is nan')", 1, "failed", "ValueError: loss is nan"),
        ("raise KeyboardInterrupt", 130, "stopped", "Interrupted from the keyboard."),
        ("with run:\n    raise SystemExit(4)", 4, "failed", "Exit code 4."),
        ("try:\n    sys.exit(5)\nexcept SystemExit:\n    run.log({'loss': 20})", 0, "finished", ""),
        ("sys.excepthook = lambda *error: None\nraise ValueError", 1, "finished", ""),  # theirs is not ours to replace
    ],
)
def test_the_end_of_a_process_is_the_runs_state(
    online: StandIn, start_script: Start, end: str, code: int, state: str, message: str
) -> None:
    left, said = finished(start_script(BEGIN + end))
    assert left in (code, -signal.SIGINT if code == 130 else code), said
    found = online.run("it")
    assert (found["state"], found["message"]) == (state, message)
    assert online.steps("loss")[:20] == list(range(20))


def test_sigterm_stops_a_run_and_ends_the_process_as_ever(online: StandIn, start_script: Start) -> None:
    process = start_script(BEGIN + READY)
    ready(process)
    process.send_signal(signal.SIGTERM)
    code, _ = finished(process)
    assert code == -signal.SIGTERM
    assert online.run("it")["state"] == "stopped"
    assert online.steps("loss") == list(range(20))


def test_a_sigterm_handler_of_the_training_decides(online: StandIn, start_script: Start) -> None:
    handler = """
import signal, sys
def handle(number, frame):
    run.log({"checkpoint": 1})
    sys.exit(0)
signal.signal(signal.SIGTERM, handle)
"""
    process = start_script(handler + BEGIN + READY)
    ready(process)
    process.send_signal(signal.SIGTERM)
    code, said = finished(process)
    assert (code, online.run("it")["state"]) == (0, "finished"), said
    assert len(online.steps("checkpoint")) == 1


def test_ctrl_c_stops_a_run(online: StandIn, start_script: Start) -> None:
    process = start_script(BEGIN + READY)
    ready(process)
    process.send_signal(signal.SIGINT)
    finished(process)
    assert online.run("it")["state"] == "stopped"


def test_after_kill_9_sync_sends_what_was_logged(online: StandIn, start_script: Start, tmp_path: Path) -> None:
    online.behave("error")
    process = start_script(UNNAMED + "time.sleep(1.5)" + READY)
    ready(process)
    process.kill()
    finished(process)
    assert online.runs == {}
    online.behave("ok")
    done = subprocess.run([sys.executable, "-m", "paceline", "sync"], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert online.steps("loss") == list(range(20))
    assert online.only_run()["state"] == "running"  # the server finds out by the missing heartbeat
    assert list((tmp_path / "spools").glob("*/run.json")) == []


def test_sync_leaves_a_running_process_alone(online: StandIn, start_script: Start) -> None:
    online.behave("error")
    process = start_script(UNNAMED + READY)
    ready(process)
    done = subprocess.run([sys.executable, "-m", "paceline", "sync"], capture_output=True, text=True, timeout=30)
    assert "still running" in done.stdout
    online.behave("ok")
    process.send_signal(signal.SIGTERM)
    finished(process)
    assert online.steps("loss") == list(range(20))


@pytest.mark.parametrize("behaviour", ["hang", "error", "down"])
def test_a_process_ends_in_time_without_its_server(
    online: StandIn, start_script: Start, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACELINE_EXIT_SECONDS", "0.5")
    if behaviour == "down":
        online.stop()
    else:
        online.behave(behaviour)
    began = time.monotonic()
    code, said = finished(start_script(UNNAMED))
    assert code == 0
    assert time.monotonic() - began < 5
    assert "20 points wait on disk" in said
    assert "paceline sync" in said


def test_a_forked_child_logs_beside_its_parent_and_leaves_its_state_alone(
    online: StandIn, start_script: Start, tmp_path: Path
) -> None:
    forks = """
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        run.log({f"child/{number}": 1.0})
        sys.exit(7)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
run.log({"loss": 20})
"""
    code, said = finished(start_script(BEGIN + forks))
    assert code == 0, said
    assert online.steps("loss") == list(range(21))
    assert {point.key for point in online.points()} == {"loss", "child/0", "child/1", "child/2"}
    assert len({body["writer"] for body in online.batches.values()}) == 4
    assert online.run("it")["state"] == "finished"
    assert len(online.runs) == 1
    assert list((tmp_path / "spools").glob("*/run.json")) == []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing_join_the_run_they_are_given(
    online: StandIn, start_script: Start, method: str, tmp_path: Path
) -> None:
    script = f"""
import multiprocessing
import paceline

def work(run, number):
    run.log({{"child": number}}, step=number)
    if number == 2:
        raise ValueError("a child fails")

if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    run = paceline.init("vision/digits", id="it", config={{"lr": 1}})
    run.log({{"loss": 1}})
    children = [context.Process(target=work, args=(run, number)) for number in range(3)]
    [child.start() for child in children]
    [child.join() for child in children]
"""
    code, said = finished(start_script(script))
    assert code == 0, said
    assert online.steps("child") == [0, 1, 2]
    assert online.steps("loss") == [0]
    assert (online.run("it")["state"], online.run("it")["attempt"], len(online.runs)) == ("finished", 1, 1)
    assert list((tmp_path / "spools").glob("*/run.json")) == []


def test_another_process_joins_by_environment(online: StandIn, start_script: Start) -> None:
    script = """
import os, subprocess, sys
import paceline
if len(sys.argv) > 1:
    paceline.init().log({"evaluation": 1})
else:
    run = paceline.init("vision/digits", id="it")
    subprocess.run([sys.executable, __file__, "child"], env={**os.environ, **run.environment()}, check=True)
    assert run.state == "running"
    run.log({"loss": 1})
"""
    code, said = finished(start_script(script))
    assert code == 0, said
    assert {point.key for point in online.points()} == {"evaluation", "loss"}
    assert (online.run("it")["state"], online.run("it")["attempt"], len(online.runs)) == ("finished", 1, 1)


def test_a_child_may_start_a_run_of_its_own(online: StandIn, start_script: Start) -> None:
    script = """
child = os.fork()
if child == 0:
    own = paceline.init("vision/digits", id="own")
    own.log({"own": 1})
    sys.exit(1)
os.waitpid(child, 0)
run.log({"loss": 20})
"""
    code, said = finished(start_script(BEGIN + script))
    assert code == 0, said
    assert online.run("own")["state"] == "failed"
    assert online.run("it")["state"] == "finished"
    assert online.steps("loss") == list(range(21))


def test_a_fork_in_the_middle_of_logging_leaves_no_lock_behind(online: StandIn, start_script: Start) -> None:
    script = """
import threading
def work():
    for step in range(100000):
        run.log({"busy": step})
        if stop.is_set():
            break
stop = threading.Event()
threads = [threading.Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads]
for number in range(10):
    child = os.fork()
    if child == 0:
        run.log({"child": number})
        run.finish()
        os._exit(0)
    os.waitpid(child, 0)
stop.set()
[thread.join() for thread in threads]
"""
    code, said = finished(start_script(BEGIN + script), 40)
    assert code == 0, said
    assert len(online.steps("child")) == 10


def test_the_command_says_its_version(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "paceline", "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith("paceline 0.")
    assert done.returncode == 0


def test_importing_the_client_imports_no_framework(tmp_path: Path) -> None:
    script = "import sys, paceline; print([name for name in ('numpy', 'django', 'torch') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, env=os.environ)
    assert done.stdout == "[]\n"


def test_the_next_run_mentions_what_a_killed_one_left(online: StandIn, start_script: Start) -> None:
    online.stop()
    process = start_script(UNNAMED + "time.sleep(1.5)" + READY)
    ready(process)
    process.kill()
    finished(process)
    online.start()
    _, said = finished(start_script('import paceline; paceline.init("vision/digits")'))
    assert "1 earlier runs left points" in said


def test_children_of_an_offline_run_are_synced_after_it(online: StandIn, start_script: Start) -> None:
    forks = """
for number in range(3):
    if os.fork() == 0:
        run.log({"child": number}, step=number)
        sys.exit()
    os.wait()
"""
    code, said = finished(start_script(BEGIN.replace('id="it"', 'id="it", mode="offline"') + forks))
    assert code == 0, said
    done = subprocess.run([sys.executable, "-m", "paceline", "sync"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout
    assert online.steps("child") == [0, 1, 2]
    assert (online.run("it")["attempt"], len(online.runs)) == (1, 1)
