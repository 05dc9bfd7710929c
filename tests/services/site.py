"""A whole Paceline as real processes: what `make serve` runs, on a data folder and a port of its own."""

import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services.keeper import ROOT, Kept
from tests.services.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Names a data folder whose database is migrated: a site on SQLite begins with a copy of it.
MIGRATED = "PACELINE_TEST_MIGRATED"
START_SECONDS = 150.0  # a site of new code first compiles its kernels, on a machine that may be busy
_OURS = (
    "DATABASE_URL",
    "SERIES_DATABASE_URL",
    "REDIS_URL",
    "PACELINE_DATA",
    "PACELINE_STATIC",
    "PACELINE_URL",
    "PACELINE_FILES",
    "PACELINE_FILES_URL",
    "HOST",
    "PORT",
)


class Site:
    """A running site. data: its folder, which stop() leaves and close() removes. environment: more of its processes."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.environment = inherited | {
            "DJANGO_SETTINGS_MODULE": "tracker_site.settings",
            "PACELINE_DATA": str(data),
            "PACELINE_DEMO": "0",
            "PACELINE_METRICS_DIR": str(data / "metrics"),
            "PORT": str(self.port),
            **environment,
        }
        if MIGRATED in os.environ and "DATABASE_URL" not in environment:
            self.data.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(os.environ[MIGRATED]) / "paceline.sqlite3", self.data)
        self.start()

    def start(self) -> None:
        """Start it, or start it again on the same folder and port, and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.log = self.data / "serve.log"
        self.log.write_bytes(b"")
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        self._kept = Kept(command, log=self.log, environment=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops it." not in self.log.read_text():
            if not self._kept.running or time.monotonic() > deadline:
                raise RuntimeError(f"The site did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> int:
        """Stop it as Ctrl-C does and return the code it ended with; its data stays."""
        return self._kept.stop()

    def close(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    @property
    def supervisor_pid(self) -> int:
        return self._kept.pid

    def pids(self, name: str) -> list[int]:
        """The ids of the running "web" or "worker" processes, oldest first."""
        said = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        ours = {self.supervisor_pid}
        found = []
        for line in said.splitlines()[1:]:  # parents come before their children
            pid, parent, words = line.split(None, 2)
            if int(parent) in ours:
                ours.add(int(pid))
                if f"manage.py {name}" in words:
                    found.append(int(pid))
        return found

    def manage(self, *words: str) -> str:
        """What `manage.py …` prints, run with this site's environment."""
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        ended = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    @cached_property
    def admin_key(self) -> str:
        """An API key of the user admin, of scope admin. Asked for over HTTP, which is cheaper than a process."""
        jar, browser = self._signed_in
        browser.open(f"{self.url}/accounts/keys/", timeout=30).close()
        token = next(cookie.value or "" for cookie in jar if cookie.name == "csrftoken")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token}
        asked = urllib.request.Request(f"{self.url}/api/v1/keys/", b'{"name": "tests", "scope": "admin"}', headers)
        with browser.open(asked, timeout=30) as answer:
            return str(json.load(answer)["key"])

    @property
    def session(self) -> str:
        """The value of a session cookie of the user admin."""
        return next(cookie.value or "" for cookie in self._signed_in[0] if cookie.name == "sessionid")

    @cached_property
    def _signed_in(self) -> tuple[http.cookiejar.CookieJar, urllib.request.OpenerDirector]:
        """Cookies of the user admin, signed in by the one-time link that the site printed, and what opens with them."""
        link = re.search(rf"{self.url}/accounts/link/\S+", self.log.read_text())
        assert link, self.log.read_text()
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        try:
            browser.open(link[0], timeout=30).close()
        except urllib.error.HTTPError as error:
            error.close()
        return jar, browser

    def sign_in(self, page: "Page") -> None:
        """Make a browser's page one of the signed-in user admin."""
        page.context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.url, "httpOnly": True}])
