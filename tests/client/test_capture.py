"""What a run records without being asked, and files that it is given."""

import io
import json
import struct
import subprocess
import sys
import time
import types
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paceline
import pytest
from paceline import code, images, nvml, workplace
from paceline.command import main
from paceline.system import Meter
from PIL import Image

from tests.client.secret_corpus import lines as ways
from tests.client.secret_corpus import secrets
from tests.client.stand_in import StandIn

Patch = pytest.MonkeyPatch
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: Patch) -> Git:
    """A repository with one committed script, which is the one that runs."""
    folder = tmp_path / "repository"
    folder.mkdir()

    def run(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    (folder / "train.py").write_text("rate = 0.1\n")
    run("init", "-b", "main")
    run("remote", "add", "origin", "https://me:secret@git.example.org/team/a.git")
    run("add", ".")
    run("commit", "-m", "first")
    monkeypatch.setattr(sys, "argv", [str(folder / "train.py"), "--lr", "0.1"])
    monkeypatch.setenv("PACELINE_CODE", "on")
    return run


def folder_of(git: Git) -> Path:
    return Path(git("rev-parse", "--show-toplevel"))


def test_a_run_tells_its_code_surroundings_and_changes(online: StandIn, git: Git, monkeypatch: Patch) -> None:
    (folder_of(git) / "train.py").write_text("rate = 0.2\n")
    (folder_of(git) / "notes.txt").write_text("new")
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    with paceline.init("vision/digits") as run:
        run.log({"loss": 1})
    found = online.only_run()["provenance"]
    assert found["command"][-2:] == ["--lr", "0.1"]
    assert found["git"] == {
        "commit": git("rev-parse", "HEAD"),
        "branch": "main",
        "remote": "https://git.example.org/team/a.git",
        "dirty": True,
    }
    assert (found["untracked"], found["untracked_total"]) == (["notes.txt"], 1)
    assert found["packages"]["pytest"] == pytest.__version__
    assert found["hardware"]["memory"] > 2**20
    assert found["hardware"]["cpu"]["name"]
    assert found["job"]["slurm"] == {"job_id": "77"}
    ((_, path),) = online.files
    assert path == "code/diff.patch"
    diff = online.files[online.only_run()["id"], path].decode()
    assert "-rate = 0.1\n+rate = 0.2\n" in diff


def test_a_clean_repository_and_a_folder_without_one_have_no_diff(online: StandIn, git: Git, tmp_path: Path) -> None:
    assert code.diff() == ""
    assert code.git()["dirty"] is False
    sys.argv[0] = str(tmp_path / "x.py")
    (tmp_path / "x.py").write_text("")
    assert (code.git(), code.diff(), code.untracked()) == ({}, "", {})


def test_binary_files_are_named_and_a_huge_diff_is_cut_with_a_note(git: Git, monkeypatch: Patch) -> None:
    monkeypatch.setattr(code, "LARGEST_DIFF", 20_000)
    folder = folder_of(git)
    (folder / "weights.bin").write_bytes(b"\x00\x01" * 1000)
    git("add", "weights.bin")
    assert "Binary files /dev/null and b/weights.bin differ" in code.diff()
    (folder / "train.py").write_text("x = 1\n" * 100_000)
    cut = code.diff()
    assert 19_000 < len(cut) < 20_100
    assert cut.endswith("\n# The diff is cut here: only its first 20,000 bytes are kept.\n")


def test_a_git_that_hangs_is_left_alone(git: Git, tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "bin").mkdir()
    slow = tmp_path / "bin" / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(code, "GIT_SECONDS", 0.2)
    monkeypatch.setattr(code, "DIFF_SECONDS", 0.2)
    began = time.monotonic()
    assert (code.git(), code.diff()) == ({}, "")
    assert time.monotonic() - began < 3


def test_starting_waits_for_no_git(online: StandIn, git: Git, tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(code, "GIT_SECONDS", 0.5)
    began = time.monotonic()
    run = paceline.init("vision/digits")
    assert time.monotonic() - began < 0.4
    run.finish()
    assert online.only_run()["state"] == "finished"


def test_no_secret_in_arguments_config_environment_or_diff_is_sent(
    online: StandIn, git: Git, monkeypatch: Patch
) -> None:
    corpus = secrets()
    folder = folder_of(git)
    (folder / "train.py").write_text("\n".join(way for secret in corpus for way in ways(secret)))
    arguments = [word for secret in corpus for word in (f"--{secret.name.lower()}-token", secret.text)]
    monkeypatch.setattr(sys, "argv", [str(folder / "train.py"), *arguments])
    config = {f"{secret.name}_TOKEN": secret.text for secret in corpus}
    environment = [f"{secret.name}={secret.text}" for secret in corpus if not secret.shape]
    with paceline.init("vision/digits", config={"env": config, "list": environment}) as run:
        run.summary["login"] = {secret.name + "_password": secret.text for secret in corpus}
    kept = json.dumps(online.only_run()).replace("\\n", "\n") + b"".join(online.files.values()).decode()
    assert len(online.files) == 1
    lost = [part for secret in corpus for part in secret.text.split("\n") if "-----" not in part and part in kept]
    assert lost == []


def test_where_a_run_works_is_known(monkeypatch: Patch) -> None:
    github = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b"}
    found = workplace.job({**github, "GITHUB_RUN_ID": "5", "GITHUB_JOB": "test"})["ci"]
    assert (found["name"], found["url"]) == ("GitHub Actions", "https://github.com/a/b/actions/runs/5")
    assert (
        workplace.job({"GITLAB_CI": "true", "CI_JOB_URL": "https://gitlab.com/x"})["ci"]["url"]
        == "https://gitlab.com/x"
    )
    assert workplace.job({"SLURM_JOB_ID": "1", "SLURM_JOB_NAME": "n"})["slurm"] == {"job_id": "1", "job_name": "n"}

    class ZMQInteractiveShell:
        kernel = object()
        user_ns = {"__vsc_ipynb_file__": "/home/me/a.ipynb"}

    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=ZMQInteractiveShell))
    assert workplace.job({})["notebook"] == {"kind": "Jupyter", "file": "/home/me/a.ipynb"}


def test_the_machine_is_measured_with_seconds_as_steps(online: StandIn, monkeypatch: Patch) -> None:
    monkeypatch.setenv("PACELINE_SYSTEM_SECONDS", "0.2")
    run = paceline.init("vision/digits")
    run.log({"loss": 1})
    time.sleep(1.2)
    run.log({"loss": 2})
    run.finish()
    measured = {point.key: point.value for point in online.points() if point.key.startswith("system/")}
    assert {"system/cpu_percent", "system/process/memory_bytes", "system/memory_percent"} <= set(measured)
    assert 2**20 < measured["system/process/memory_bytes"] < 2**40
    assert online.steps("system/process/memory_bytes")[-1] in (1, 2)
    assert online.steps("loss") == [0, 1]  # the machine's rows do not move the training's steps


def test_a_resume_measures_on_from_where_the_run_began(online: StandIn, monkeypatch: Patch) -> None:
    """Else the new attempt's first reading would hide all that was measured before."""
    monkeypatch.setenv("PACELINE_SYSTEM_SECONDS", "0.2")
    paceline.init("vision/digits", id="long").finish()
    (known,) = online.runs.values()
    known["started_at"] -= 3_600_000
    run = paceline.init("vision/digits", id="long", resume="must")
    time.sleep(1.0)
    run.finish()
    assert 3_600 <= online.steps("system/process/memory_bytes")[-1] <= 3_660


def test_rates_are_what_happened_between_two_readings() -> None:
    meter, began = Meter(), time.monotonic()
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    percent = meter.readings()["system/process/cpu_percent"]
    assert percent > 0.5 * 100 * 0.3 / (time.monotonic() - began)


@pytest.fixture
def two_gpus(monkeypatch: Patch) -> None:
    """The package nvidia-ml-py as it answers with two GPUs, one of which tells no power."""

    def power(device: int) -> int:
        if device == 1:
            raise RuntimeError("Not Supported")
        return 250_500

    memory = types.SimpleNamespace(total=80 * 2**30, used=20 * 2**30)
    library: dict[str, Any] = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda place: place,
        "nvmlDeviceGetName": lambda device: b"NVIDIA H100",
        "nvmlDeviceGetMemoryInfo": lambda device: memory,
        "nvmlDeviceGetUtilizationRates": lambda device: types.SimpleNamespace(gpu=93),
        "nvmlDeviceGetTemperature": lambda device, sensor: 61,
        "nvmlDeviceGetPowerUsage": power,
        "nvmlSystemGetDriverVersion": lambda: "555.42",
        "nvmlSystemGetCudaDriverVersion": lambda: 12050,
    }
    monkeypatch.setitem(sys.modules, "pynvml", types.SimpleNamespace(**library))
    for name, value in (("_tried", False), ("_devices", []), ("_library", None)):
        monkeypatch.setattr(nvml, name, value)


def test_gpus_are_described_and_measured_where_there_are_some(two_gpus: None) -> None:
    gpu = {"name": "NVIDIA H100", "memory": 80 * 2**30}
    assert nvml.description() == {"gpus": [gpu, gpu], "driver": "555.42", "cuda": "12.5"}
    found = nvml.readings()
    assert found["gpu/0/power_watts"] == 250.5
    assert "gpu/1/power_watts" not in found
    assert (found["gpu/1/utilization_percent"], found["gpu/1/memory_percent"]) == (93, 25)


# --- Files and pictures ---


def test_files_and_pictures_arrive_with_their_bytes(online: StandIn, tmp_path: Path) -> None:
    weights = tmp_path / "best.pt"
    weights.write_bytes(bytes(range(256)) * 5_000)
    with paceline.init("vision/digits") as run:
        run.log_file(weights)
        run.log_file(b"a,b\n1,2\n", name="tables/été 1?#%.csv")
        weights.unlink()  # what was given is kept
        run.log({"loss": 1}, step=6)
        run.log_image("seen", np.linspace(0, 1, 12).reshape(3, 4))
        run.log_image("seen", Image.new("RGB", (5, 2), "red"), step=9)
        assert run.flush()
    run_id = online.only_run()["id"]
    assert online.files[run_id, "best.pt"] == bytes(range(256)) * 5_000
    assert online.files[run_id, "tables/été 1?#%.csv"] == b"a,b\n1,2\n"
    assert online.types["tables/été 1?#%.csv"] == "text/csv"
    grey = Image.open(io.BytesIO(online.files[run_id, "media/seen/7.png"]))
    assert (grey.size, grey.mode, grey.getpixel((3, 2))) == ((4, 3), "L", 255)
    assert Image.open(io.BytesIO(online.files[run_id, "media/seen/9.png"])).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("array", "mode"),
    [
        (np.zeros((4, 6), bool), "L"),
        (np.full((4, 6, 3), 300), "RGB"),
        (np.random.default_rng(0).random((3, 4, 6)), "RGB"),
        (np.array([[np.nan, -1.0, 2.0, 0.5, np.inf, 0]] * 4), "L"),
        (np.zeros((4, 6, 4), np.uint8), "RGBA"),
    ],
)
def test_arrays_become_pictures(array: Any, mode: str) -> None:
    picture = Image.open(io.BytesIO(images.png(array)))
    picture.load()
    assert (picture.size, picture.mode) == ((6, 4), mode)


def test_a_png_is_read_back_to_the_bit() -> None:
    array = np.random.default_rng(0).integers(0, 256, (33, 17, 3), np.uint8)
    content = images.png(array)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), array)
    assert struct.unpack(">I", content[-4:])[0] == zlib.crc32(b"IEND")


def test_what_is_no_file_or_picture_stops_no_training(online: StandIn, tmp_path: Path, capsys: Any) -> None:
    with paceline.init("vision/digits") as run:
        run.log_file(tmp_path / "missing")
        run.log_image("bad", np.zeros((2, 2, 7)))
        run.log_image("bad", "text")
        for name in ("../up", "/etc/passwd", "a//b", "", "a\nb", "x" * 501):
            with pytest.raises(ValueError, match="no name of a file"):
                run.log_file(b"", name=name)
        run.log({"loss": 1})
    assert online.steps("loss") == [0]
    assert online.files == {}
    assert capsys.readouterr().err.count("left out") == 3


def test_files_of_an_offline_run_wait_and_are_sent_by_sync(online: StandIn, tmp_path: Path) -> None:
    with paceline.init("vision/digits", mode="offline") as run:
        run.log_file(b"content", name="a.bin")
        run.log({"loss": 1})
    assert online.files == {}
    assert main(["sync"]) == 0
    assert list(online.files.values()) == [b"content"]
    assert list((tmp_path / "spools").glob("*/run.json")) == []


def test_a_refused_file_is_set_aside_and_the_rest_goes_on(online: StandIn, tmp_path: Path) -> None:
    online.refused_key = "bad"
    with paceline.init("vision/digits") as run:
        run.log_file(b"1", name="bad.bin")
        run.log_file(b"2", name="good.bin")
    assert list(online.files.values()) == [b"2"]
    (spool,) = (path.parent for path in (tmp_path / "spools").glob("*/run.json"))
    (note,) = (spool / "refused").iterdir()
    content = json.loads(note.read_text())
    assert content["reason"]["code"] == "bad_file"
    assert Path(content["file"]).read_bytes() == b"1"


# --- Asking to stop ---


def test_a_stop_that_a_receipt_brings_ends_the_training_at_its_next_log(online: StandIn) -> None:
    online.stop_in_receipts = True
    began = time.monotonic()

    def train(run: paceline.Run) -> None:
        with run:
            while time.monotonic() - began < 10:
                run.log({"loss": 1})
                time.sleep(0.01)

    run = paceline.init("vision/digits")
    with pytest.raises(paceline.Stopped):
        train(run)
    assert time.monotonic() - began < 3
    assert (online.only_run()["state"], online.only_run()["message"]) == ("stopped", "Stopped from the server.")
    run.log({"loss": 2})  # said once


def test_a_training_may_stop_by_itself_instead(online: StandIn, monkeypatch: Patch) -> None:
    monkeypatch.setenv("PACELINE_STOP", "ask")
    online.stop_in_receipts = True
    run = paceline.init("vision/digits")
    deadline = time.monotonic() + 5
    while not run.stop_requested and time.monotonic() < deadline:
        run.log({"loss": 1})
        time.sleep(0.01)
    run.log({"loss": 1})
    run.finish("stopped")
    assert online.only_run()["state"] == "stopped"
