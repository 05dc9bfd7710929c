"""The client against a real Paceline: what was logged is what the API reads, also when the site dies in between."""

import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paceline
import pytest
from paceline.command import main

from tests.services.site import Site


def read(site: Site, path: str) -> Any:
    request = urllib.request.Request(f"{site.url}/api/v1/{path}", headers={"Authorization": f"Bearer {site.admin_key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def series(site: Site, run: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = read(site, f"series/?run={run}&key={key}&x=step&px=4000")["runs"][0]
    return found


@pytest.fixture
def to_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PACELINE_SERVER", site.url)
    monkeypatch.setenv("PACELINE_API_KEY", site.admin_key)
    return site


def test_what_was_logged_is_what_the_site_answers(to_site: Site) -> None:
    with paceline.init("admin/client", name="exact", config={"lr": 0.1, "layers": [8, 8]}, tags=["a", "b"]) as run:
        for step in range(1_000):
            run.log({"loss": math.sin(step), "val": {"acc": step / 7}} if step % 10 == 0 else {"loss": math.sin(step)})
        run.log({"loss": math.nan}, step=1_000)
        run.log({"loss": math.inf}, step=1_001)
        run.summary["best"] = 0.5
    assert run.flush()
    found = read(to_site, f"runs/{run.server_id}/")
    assert (found["state"], found["name"], found["tags"]) == ("finished", "exact", ["a", "b"])
    assert found["config"] == {"lr": 0.1, "layers": [8, 8]}
    assert found["summary"] == {"best": 0.5}
    loss = series(to_site, run.server_id, "loss")
    finite = [(x, y) for x, y in zip(loss["x"], loss["y"], strict=True) if y is not None]
    assert finite == [(step, math.sin(step)) for step in range(1_000)]
    assert [(int(one["x"]), one["kind"], one["n"]) for one in loss["nonfinite"]] == [(1000, "nan", 1), (1001, "inf", 1)]
    assert series(to_site, run.server_id, "val/acc")["y"] == [step / 7 for step in range(0, 1_000, 10)]


def test_a_resume_goes_on_where_the_run_was(to_site: Site) -> None:
    first = paceline.init("admin/client", id="resumed")
    first.log_columns({"loss": [float(step) for step in range(100)]})
    first.finish()
    again = paceline.init("admin/client", id="resumed", resume="must")
    again.log({"loss": -1.0})
    again.finish()
    assert again.server_id == first.server_id
    loss = series(to_site, first.server_id, "loss")
    assert (loss["x"][-1], loss["y"][-1], loss["stored"]) == (100, -1.0, 101)
    assert read(to_site, f"runs/{first.server_id}/")["state"] == "finished"
    with pytest.raises(paceline.ResumeError):
        paceline.init("admin/client", id="resumed")
    with pytest.raises(paceline.ResumeError):
        paceline.init("admin/client", id="never seen", resume="must")


def test_a_process_that_joins_late_does_not_reopen_a_finished_run(to_site: Site) -> None:
    run = paceline.init("admin/client", id="joined")
    run.log({"loss": 1})
    run.finish()
    late = paceline.init("admin/client", id="joined", resume="allow", attempt="join")
    late.log({"evaluation": 1})
    late.finish()
    assert read(to_site, f"runs/{run.server_id}/")["state"] == "finished"
    assert series(to_site, run.server_id, "evaluation")["stored"] == 1


def test_a_batch_the_site_refuses_is_set_aside(to_site: Site, tmp_path: Path) -> None:
    run = paceline.init("admin/client")
    run.log({"fine": 1})
    run._keys.add("\x00")  # past the client's own checks
    run.log({"\x00": 1})
    run.flush()
    run.log({"fine": 2})
    run.finish()
    assert series(to_site, run.server_id, "fine")["stored"] >= 1
    (spool,) = (path.parent for path in (tmp_path / "spools").glob("*/run.json"))
    assert [json.loads(path.read_text())["reason"]["status"] for path in (spool / "refused").iterdir()] == [400]


def test_a_killed_site_that_comes_back_has_every_point_once(
    make_site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site()
    monkeypatch.setenv("PACELINE_SERVER", site.url)
    monkeypatch.setenv("PACELINE_API_KEY", site.admin_key)
    monkeypatch.setenv("PACELINE_EXIT_SECONDS", "30")
    script = tmp_path / "train.py"
    script.write_text("""
import time
import paceline
run = paceline.init("admin/client", id="killed", config={})
for step in range(1200):
    run.log({"loss": step / 3, "lr": 1.0})
    time.sleep(0.003)
""")
    training = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(2):
            time.sleep(0.8)
            for pid in site.pids("web"):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        site.stop()
        time.sleep(1.0)
        site.start()
        _, said = training.communicate(timeout=60)
    finally:
        training.kill()
        training.wait()
    assert training.returncode == 0, said
    assert main(["sync"]) == 0
    (run,) = read(site, "projects/admin/client/runs/")["runs"]
    loss = series(site, run["id"], "loss")
    assert loss["stored"] == 1_200
    assert list(zip(loss["x"], loss["y"], strict=True)) == [(step, step / 3) for step in range(1_200)]
    assert run["state"] == "finished"


FULL = """
import paceline
with paceline.init("admin/client", id="full") as run:
    for step in range(3):
        run.log_file(bytes([step]) * 7, name="model.pt")
        run.log({"loss": 1.0})
        run.flush(1.0)
"""


def test_files_above_the_quota_wait_in_the_spool_and_let_points_pass_until_there_is_room(
    to_site: Site, monkeypatch: pytest.MonkeyPatch, start_script: Callable[..., subprocess.Popen[str]]
) -> None:
    monkeypatch.setenv("PACELINE_EXIT_SECONDS", "1")
    to_site.manage("quota", "admin", "--file-gb", "0")
    try:
        said = start_script(FULL).communicate(timeout=60)[1]
        assert "7 more came; its quota is 0" in said
    finally:
        to_site.manage("quota", "admin", "--file-gb", "-1")
    run = read(to_site, "projects/admin/client/runs/?limit=1")["runs"][0]
    assert (run["client_id"], run["points"], run["state"]) == ("full", 3, "finished")
    assert read(to_site, f"runs/{run['id']}/files/")["files"] == []
    assert main(["sync"]) == 0
    stored = read(to_site, f"runs/{run['id']}/files/")["files"]
    assert [(file["path"], file["sha256"]) for file in stored] == [("model.pt", hashlib.sha256(b"\2" * 7).hexdigest())]
    assert read(to_site, f"runs/{run['id']}/")["points"] == 3
