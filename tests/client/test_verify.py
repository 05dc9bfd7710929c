"""`paceline login` and `paceline verify` against a real site: what was sent is what is stored, or they say so."""

import json
import math
import stat
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import paceline
import pytest
from paceline.command import main

from tests.services.site import Site

Patch = pytest.MonkeyPatch
Output = pytest.CaptureFixture[str]


@pytest.fixture
def to_site(site: Site, monkeypatch: Patch) -> Site:
    monkeypatch.setenv("PACELINE_SERVER", site.url)
    monkeypatch.setenv("PACELINE_API_KEY", site.admin_key)
    return site


def logged(**settings: Any) -> paceline.Run:
    run = paceline.init("admin/verified", **settings)
    for step in range(500):
        run.log({"loss": math.sin(step), "val": {"acc, %/?": step / 7}} if step % 10 == 0 else {"loss": 1 / (step + 1)})
    run.log({"loss": math.nan, "inf": -math.inf, "zero": -0.0}, step=-5)
    run.log_columns({"loss": [0.1, math.nan, 5]}, step=[7, 7, 2**60])
    run.log_file(b"weights", name="a/best model.pt")
    run.finish()
    return run


def test_what_arrived_whole_is_equal_and_what_is_missing_is_named(
    to_site: Site, tmp_path: Path, capsys: Output
) -> None:
    run = logged()
    assert main(["verify"]) == 0
    said = capsys.readouterr().out
    assert "556 points of 4 series, 0 lines and 1 files are stored as they were sent." in said
    for name in (run.server_id, run.id, run.url):
        assert main(["verify", name]) == 0
    (ledger,) = (tmp_path / "spools" / "sent").iterdir()
    known = json.loads(ledger.read_text())
    for change, text in (
        ({"inf": [2, *known["series"]["inf"][1:]]}, '"inf", attempt 1: 2 points sent, 1 stored'),
        ({"inf": [1, 0, 0, 0]}, '"inf", attempt 1: 1 points are stored, but not as they were sent'),
        ({"never": [3, 0, 0, 0]}, '"never", attempt 1: 3 points sent, 0 stored'),
    ):
        ledger.write_text(json.dumps({**known, "series": {**known["series"], **change}}))
        assert main(["verify", run.id]) == 1
        assert text in capsys.readouterr().out
    ledger.write_text(json.dumps({**known, "files": {**known["files"], "a/best model.pt": "0" * 64}}))
    assert main(["verify"]) == 1
    assert "a/best model.pt: other bytes are stored" in capsys.readouterr().out
    ledger.write_text(json.dumps({**known, "series": {"inf": known["series"]["inf"], "loss": [1, 0, 0, 0]}}))
    assert main(["verify"]) == 3
    assert main(["verify", "nobody"]) == 3


def test_tables_are_counted_by_their_steps(to_site: Site, tmp_path: Path, capsys: Output) -> None:
    run = paceline.init("admin/verified")
    for step in (1, 2, 2):
        run.log_class_table("val/a b%", [{"class": "8", "recall": step}], step=step)
    run.log_confusion_matrix("val", [[step]], step=1)
    run.finish()
    assert main(["verify", run.id]) == 0
    told = capsys.readouterr().out
    assert "and 2 class tables and 1 confusion matrices are stored as they were sent." in told
    (ledger,) = (tmp_path / "spools" / "sent").iterdir()
    known = json.loads(ledger.read_text())
    ledger.write_text(
        json.dumps({**known, "tables": {"val/a b%": [1, 2, 3], "never": [1]}, "matrices": {"val": [1, 2]}})
    )
    assert main(["verify", run.id]) == 1
    said = capsys.readouterr().out
    assert 'class table "val/a b%": 3 steps sent, 2 stored' in said
    assert 'class table "never": 1 steps sent, 0 stored' in said
    assert 'confusion matrix "val": 2 steps sent, 1 stored' in said


def test_an_offline_run_waits_and_is_equal_after_sync(to_site: Site, capsys: Output) -> None:
    logged(mode="offline")
    assert main(["verify"]) == 1
    assert main(["sync"]) == 0
    assert main(["verify"]) == 0
    assert "NOT" not in capsys.readouterr().out


def test_a_login_is_tried_and_kept_for_this_user_alone(site: Site, tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(f"{site.admin_key}\n"))
    assert main(["login", site.url, "--key", "-", "--team", "admin"]) == 0
    kept = tmp_path / "config" / "paceline" / "config"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    run = paceline.init("from-login")
    run.log({"loss": 1})
    run.finish()
    assert run.server_id
    before = kept.read_text()
    assert main(["login", site.url, "--key", "plk_wrong"]) == 1
    assert main(["login", "http://127.0.0.1:9", "--key", site.admin_key]) == 1
    with pytest.raises(SystemExit):
        main(["login", site.url, "--key", "two words"])
    assert kept.read_text() == before


def test_a_stop_on_the_site_ends_a_training_within_seconds(to_site: Site) -> None:
    from paceline.server import Server

    run = paceline.init("admin/stopped")
    run.log({"loss": 1})
    assert run.flush()
    server = Server(to_site.url, to_site.admin_key)
    server.post(f"runs/{run.server_id}/stop/", {})
    server.close()
    began = time.monotonic()

    def train() -> None:
        with run:
            while time.monotonic() - began < 15:
                run.log({"loss": 1})
                time.sleep(0.05)

    with pytest.raises(paceline.Stopped):
        train()
    assert time.monotonic() - began < 5
    assert run.state == "stopped"
