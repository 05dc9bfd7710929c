"""An hour without the server, in fast motion: ten seconds of the training are an hour of its log."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paceline.command import main

from tests.services.site import Site

TRAINING = """
import time
import paceline
from paceline import sender

sender.LONGEST_WAIT = 60 / 360  # an hour passes in ten seconds
run = paceline.init("admin/outage", config={"lr": 0.1})
began = time.monotonic()
for second in range(4_500):
    run.log({"loss": 1 / (second + 1), "lr": second / 7, "accuracy": second % 13})
    if second % 60 == 0:
        print(f"minute {second // 60}", flush=True)
    if second % 600 == 0:
        run.log_file(bytes([second // 600]) * 100_000, name=f"checkpoints/{second}.bin")
    time.sleep(max(0.0, began + second / 360 - time.monotonic()))
"""


@pytest.mark.timeout(600)  # two starts of a site, on a machine that may be busy
def test_every_point_line_and_file_of_an_hours_outage_arrives_and_verify_says_so(
    make_site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = make_site()
    for name in ("PACELINE_CODE", "PACELINE_CONSOLE"):
        monkeypatch.delenv(name)
    for name, value in {
        "PACELINE_SERVER": site.url,
        "PACELINE_API_KEY": site.admin_key,
        "PACELINE_SYSTEM_SECONDS": "0.2",
        "PACELINE_EXIT_SECONDS": "60",
    }.items():
        monkeypatch.setenv(name, value)
    script = tmp_path / "train.py"
    script.write_text(TRAINING)
    training = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        time.sleep(1.5)
        site.stop()
        time.sleep(10)
        site.start()
        out, said = training.communicate(timeout=120)
    finally:
        training.kill()
        training.wait()
    assert training.returncode == 0, said
    assert out.splitlines() == [f"minute {minute}" for minute in range(75)]
    assert main(["sync"]) == 0
    capsys.readouterr()
    assert main(["verify"]) == 0
    told = capsys.readouterr().out
    assert "are stored as they were sent" in told
    assert "8 files" in told
