"""What a training prints is passed on as it is, kept as lines, and never in the training's way."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paceline
import pytest
from paceline.command import main
from paceline.console import LARGEST_LINE, Lines

from tests.client.secret_corpus import lines as ways
from tests.client.secret_corpus import secrets
from tests.client.stand_in import StandIn

Start = Callable[..., "subprocess.Popen[str]"]
HEAD = "import os, subprocess, sys, time\nimport paceline\nrun = paceline.init('vision/digits')\n"


@pytest.fixture(autouse=True)
def caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PACELINE_CONSOLE")
    monkeypatch.setenv("PACELINE_QUIET", "1")


def made(*pieces: bytes) -> list[str]:
    """The lines of pieces that come one after the other, the unfinished one too."""
    lines = Lines()
    found = [line for place, piece in enumerate(pieces) for line in lines.feed(place * 1000, "stdout", piece)]
    return [line.text for line in [*found, *lines.rest(10**6)]]


def test_bytes_become_lines_whatever_the_pieces() -> None:
    assert made(b"a\nb", b"c\n", b"\n", b"d") == ["a", "bc", "", "d"]
    assert made("grün\n".encode()[:3], "grün\n".encode()[3:]) == ["grün"]
    assert made(b"\xff\xfe\x00binary\n") == ["\ufffd\ufffd\ufffdbinary"]
    assert made(b"windows\r\n") == ["windows"]


def test_a_progress_bar_is_its_last_drawing() -> None:
    assert made(b"\r 1%", b"\r 50%", b"\r100%\n", b"done\n") == ["100%", "done"]
    assert made(b"10%\r", b"20%\r") == ["20%"]
    lines = Lines()
    told = [line for second in range(20) for line in lines.feed(second * 1000 + 1, "stderr", b"\r%d%%" % second)]
    assert [(line.text, line.unfinished) for line in told] == [("6%", True), ("12%", True), ("18%", True)]


def test_a_line_of_many_megabytes_is_cut_and_marked() -> None:
    (first, second) = made(*[b"x" * 100_000] * 30, b"\nnext\n")
    assert first.endswith("[cut here: the line is longer than 1 MiB]")
    assert (len(first), second) == (LARGEST_LINE, "next")


def test_prints_of_python_c_and_child_processes_arrive_in_order_and_are_passed_on(
    online: StandIn, start_script: Start
) -> None:
    script = (
        HEAD
        + """
import ctypes
print("from python")
sys.stdout.flush()
ctypes.CDLL(None).puts(b"from C")
ctypes.CDLL(None).fflush(None)
subprocess.run(["echo", "from a child"], check=True)
if os.fork() == 0:
    os.write(1, b"from a fork\\n")
    os._exit(0)
os.wait()
print("to stderr", file=sys.stderr)
print("no end of line", end="")
"""
    )
    process = start_script(script)
    out, err = process.communicate(timeout=30)
    said = ["from python", "from C", "from a child", "from a fork", "no end of line"]
    assert out == "\n".join(said)
    assert err == "to stderr\n"
    assert online.printed("stdout") == said
    assert online.printed("stderr") == ["to stderr"]


def test_a_traceback_is_kept_and_a_crash_loses_no_last_words(online: StandIn, start_script: Start) -> None:
    process = start_script(HEAD + "print('before', flush=True)\nraise RuntimeError('broken')")
    out, err = process.communicate(timeout=30)
    assert (out, process.returncode) == ("before\n", 1)
    assert err.endswith("RuntimeError: broken\n")
    assert online.printed("stderr") == err.splitlines()
    assert online.only_run()["message"] == "RuntimeError: broken"
    crash = HEAD + "import faulthandler; faulthandler.enable()\nprint('words', flush=True)\nfaulthandler._sigsegv()"
    process = start_script(crash)
    out, err = process.communicate(timeout=30)
    assert out == "words\n"
    assert "Segmentation fault" in err


def test_what_a_killed_training_printed_last_is_sent_by_sync(online: StandIn, start_script: Start) -> None:
    online.stop()
    process = start_script(HEAD + "print('one', flush=True)\ntime.sleep(1)\nprint('two', flush=True)\ntime.sleep(30)")
    assert process.stdout is not None
    assert [process.stdout.readline(), process.stdout.readline()] == ["one\n", "two\n"]
    process.send_signal(signal.SIGKILL)
    process.wait()
    online.start()
    assert main(["sync"]) == 0
    assert [line for line in online.printed() if not line.startswith("paceline:")] == ["one", "two"]


def test_a_reader_that_goes_away_ends_the_training_as_ever(online: StandIn, tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(HEAD + "while True: print('y' * 100)")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} {script} 2>/dev/null | head -1"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout == "y" * 100 + "\n"


def test_a_closed_stdout_and_a_redirected_one_stay_what_they_are(online: StandIn, tmp_path: Path) -> None:
    script = tmp_path / "closed.py"
    script.write_text(
        HEAD + "print('unheard')\nsys.stderr.write('heard\\n')\nrun.finish()\nsys.stderr.write('after\\n')"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} {script} >&-"], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "heard\nafter\n")
    assert online.printed() == ["heard"]


def on_a_terminal(script: Path, typed: bytes = b"") -> tuple[bytes, int]:
    """What a script shows on a terminal of 77 columns, with some typing."""
    master, slave = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 77, 0, 0))
    process = subprocess.Popen([sys.executable, str(script)], stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            shown += os.read(master, 4096)
        except OSError:
            break
        if typed and b"(Pdb)" in shown:
            os.write(master, typed)
            typed = b""
    os.close(master)
    return shown, process.wait(10)


def test_a_terminal_stays_one_with_its_width_colours_and_debugger(online: StandIn, tmp_path: Path) -> None:
    script = tmp_path / "terminal.py"
    script.write_text(
        HEAD + "print(sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size(1).columns)\n"
        "print('\\x1b[31mred\\x1b[0m')\nlost = 42\nbreakpoint()\nprint('went on')\n"
    )
    shown, code = on_a_terminal(script, b"p lost * 2\nc\n")
    assert code == 0
    for text in (b"True True 77\r\n", b"\x1b[31mred\x1b[0m\r\n", b"84\r\n", b"went on\r\n"):
        assert text in shown
    assert "True True 77" in online.printed()
    assert "went on" in online.printed()


def test_in_a_notebook_the_streams_of_python_are_listened_to(
    online: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("PACELINE_CONSOLE", "python")
    write = sys.stdout.write
    run = paceline.init("vision/digits")
    print("in a cell")
    sys.stderr.write("\r10%\r20%\n")
    run.finish()
    print("after the end")
    assert online.printed() == ["in a cell", "20%"]
    assert sys.stdout.write == write
    assert "in a cell\nafter the end\n" in capsys.readouterr().out


def test_no_secret_that_is_printed_is_sent(online: StandIn, start_script: Start, tmp_path: Path) -> None:
    corpus = secrets()
    printed = "\n".join(way for secret in corpus for way in ways(secret))
    (tmp_path / "said.txt").write_text(printed)
    process = start_script(HEAD + "print(open('said.txt').read())")
    out, _ = process.communicate(timeout=60)
    assert out == printed + "\n"
    sent = online.printed()
    assert len(sent) == len(printed.split("\n"))
    text = "\n".join(sent)
    assert [
        secret for secret in corpus for part in secret.text.split("\n") if "-----" not in part and part in text
    ] == []


def test_a_training_prints_on_when_the_console_s_process_is_killed(online: StandIn, start_script: Start) -> None:
    kill = "os.kill(run._console._process.pid, 9)\ntime.sleep(1.5)\n"
    script = f"{HEAD}print('one', flush=True)\ntime.sleep(1)\n{kill}print('two')"
    out, err = start_script(script).communicate(timeout=30)
    assert (out, err) == ("one\ntwo\n", "")
