"""What tests of the client may ask for: a server that misbehaves on command, a folder and environment of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import paceline
import pytest
from paceline import exits, notices

from tests.client.stand_in import KEY, StandIn, stand_in


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of the shell's reaches a test; what a test started is finished, and its hooks are taken out again."""
    for name in [name for name in os.environ if name.startswith("PACELINE_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PACELINE_DIR", str(tmp_path / "spools"))
    monkeypatch.setenv("PACELINE_EXIT_SECONDS", "5")
    for name, value in {"PACELINE_CODE": "off", "PACELINE_CONSOLE": "off", "PACELINE_SYSTEM_SECONDS": "0"}.items():
        monkeypatch.setenv(name, value)  # tests of what is captured turn it on
    notices._told.clear()
    before = sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(exits, "_installed_for", 1)  # tests of the hooks start processes
    yield
    paceline.finish()
    assert before == (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM))


@pytest.fixture
def online(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in, named in the environment."""
    monkeypatch.setenv("PACELINE_SERVER", server.url)
    monkeypatch.setenv("PACELINE_API_KEY", KEY)
    return server


def _listen_to_ctrl_c() -> None:
    """A suite that was started in the background ignores Ctrl-C, and its children would too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start_script(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a training script in a process of its own, with the environment of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(text: str, *arguments: str) -> subprocess.Popen[str]:
        path = tmp_path / f"script{len(started)}.py"
        path.write_text(text)
        started.append(
            subprocess.Popen(
                [sys.executable, str(path), *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=tmp_path,
                preexec_fn=_listen_to_ctrl_c,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
