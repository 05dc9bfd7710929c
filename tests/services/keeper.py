"""Keeps one server process for a test run, and sees that it goes with the run, however the run ends.

`python -m tests.services.keeper OPTIONS -- COMMAND…` starts COMMAND and prints its process id. When standard input
closes, because the run ended or was killed, it stops COMMAND with everything COMMAND started and removes the folder.
"""

import argparse
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 15.0


class Kept:
    """A process behind a keeper. log: the file its output goes to."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str = "",
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        options = ["--log", str(log), "--signal", str(int(stop_signal))]
        if folder is not None:
            options += ["--folder", str(folder)]
        if user:
            options += ["--user", user]
        self.log = log
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.services.keeper", *options, "--", *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._keeper.stdout is not None
        self.pid = int(self._keeper.stdout.readline() or 0)

    @property
    def running(self) -> bool:
        return self._keeper.poll() is None

    def stop(self) -> int:
        """End the process and return its code; once more does nothing."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        code = self._keeper.wait(STOP_SECONDS + 10)
        self._keeper.stdout.close()
        return code


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--user")
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    with options.log.open("ab") as log:
        process = subprocess.Popen(
            options.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=options.user,
            group=pwd.getpwnam(options.user).pw_gid if options.user else None,
            extra_groups=[] if options.user else None,
            start_new_session=True,
        )
    print(process.pid, flush=True)
    try:
        while process.poll() is None and not select.select([sys.stdin], [], [], 0.2)[0]:
            pass
        if process.poll() is not None:
            print(f"{options.command[0]} ended:", options.log.read_text()[-2_000:], file=sys.stderr)
        process.send_signal(options.signal)  # does nothing when it has ended
        return process.wait(STOP_SECONDS)
    finally:
        _kill_group(process.pid)
        process.wait()
        if options.folder is not None:
            shutil.rmtree(options.folder, ignore_errors=True)


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
        time.sleep(0.05)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    sys.exit(main())
