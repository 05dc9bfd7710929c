"""The suite's own servers go with the run, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.services.keeper import ROOT

SERVERS = """
import time
from tests.services.folders import temporary_folder
from tests.services.servers import start_postgresql, start_redis
for kept, _ in (start_postgresql(), start_redis()):
    print(kept.pid, kept.log.parent, flush=True)
print(0, temporary_folder("paceline-test-"), flush=True)
time.sleep(60)
"""


def test_a_killed_run_leaves_neither_server_nor_folder():
    run = subprocess.Popen([sys.executable, "-c", SERVERS], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    started = [run.stdout.readline().split() for _ in range(3)]
    assert all(Path(f"/proc/{pid}").exists() for pid, _ in started[:2])
    assert all(Path(folder).exists() for _, folder in started)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() or Path(folder).exists() for pid, folder in started):
        assert time.monotonic() < deadline, started
        time.sleep(0.05)
