"""Temporary folders that go with the process that made them, also when it is killed."""

import subprocess
import tempfile
from pathlib import Path

# Waits until the pipe closes; a server that is still ending may write for some seconds more.
_REMOVE = 'read _; for _ in $(seq 20); do rm -rf "$0" 2>/dev/null; [ -e "$0" ] || break; sleep 1; done'
_watchers: list[subprocess.Popen[bytes]] = []


def temporary_folder(prefix: str) -> Path:
    """A new folder under the system's own, removed when this process has ended, however it ended."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    watcher = ["sh", "-c", _REMOVE, str(folder)]
    _watchers.append(subprocess.Popen(watcher, stdin=subprocess.PIPE, start_new_session=True))
    return folder
