"""docker/compose.yaml: valid by the Compose specification, careful, and its processes work with its environment.

No container engine is needed: the same commands are started by hand, in the order the file says, with the
environment of its services, on a throwaway PostgreSQL and Redis.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.services.keeper import ROOT, Kept
from tests.services.servers import free_port

OURS = ("prepare", "web", "worker", "beat")
VALUES = {"POSTGRES_PASSWORD": "secret", "PACELINE_SECRET_KEY": "k" * 50, "PACELINE_DOMAIN": "paceline.example.com"}
pytestmark = pytest.mark.timeout(900)  # four starts of Python with all of it, on a machine that may be busy


def interpolated(text: str) -> str:
    """${NAME}, ${NAME:-default} and ${NAME:?why} as Compose fills them in."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found["name"], found["kind"], found["rest"] or ""
        if kind == ":?":
            return VALUES[name]
        return VALUES.get(name, rest)

    return re.sub(r"\$\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<rest>[^}]*))?\}", value, text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(interpolated((ROOT / "docker" / "compose.yaml").read_text()))


def test_it_is_valid_by_the_compose_specification(compose):
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose, json.loads(schema.read_text()))


def test_every_service_heals_is_pinned_and_may_do_little(compose):
    for name, service in compose["services"].items():
        assert re.search(r":\d+\.\d+(\.\d+)?-\w+$", service["image"]) or name in OURS, f"{name} is not pinned"
        assert "healthcheck" in service, name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["restart"] == ("no" if name == "prepare" else "unless-stopped")
        assert name not in OURS or service["user"] == "10001"
    published = [name for name, service in compose["services"].items() if service.get("ports")]
    assert published == ["proxy"]


def test_what_it_needs_is_asked_for_in_the_example():
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker" / "compose.yaml").read_text()))
    example = (ROOT / "docker" / "example.env").read_text()
    assert needed == set(VALUES)
    assert all(re.search(rf"^{name}=", example, re.MULTILINE) for name in needed)


class Processes:
    """The services of ours by hand."""

    def __init__(self, compose: dict[str, Any], folder: Path, postgresql_url: str, redis_url: str) -> None:
        self.services = compose["services"]
        self.folder = folder
        self.port = free_port()
        self.replaced = {
            "DATABASE_URL": postgresql_url,
            "REDIS_URL": redis_url,
            "PACELINE_METRICS_DIR": str(folder / "metrics"),
            "PACELINE_DATA": str(folder / "data"),  # of the image, as the next two
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PACELINE_WEB_PROCESSES": "2",
            "DJANGO_SETTINGS_MODULE": "tracker_site.settings",
        }
        self.running: list[Kept] = []

    def environment(self, name: str) -> dict[str, str]:
        """What a container would have, and of ours only what finds Python."""
        told = {key: str(value) for key, value in self.services[name]["environment"].items()}
        assert {"DATABASE_URL", "REDIS_URL"} <= set(told)
        ours = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "PYTHONPATH") if key in os.environ}
        return ours | told | self.replaced

    def command(self, name: str) -> list[str]:
        program, *words = self.services[name]["command"]
        assert program == "python"
        return [sys.executable, *words]

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words] if words else self.command(name)
        return subprocess.run(
            command, env=self.environment(name), cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
        )

    def start(self, name: str) -> None:
        self.running.append(
            Kept(self.command(name), log=self.folder / f"{name}.log", environment=self.environment(name))
        )

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.headers["Strict-Transport-Security"]
            return json.loads(answer.read())


@pytest.fixture
def processes(compose, tmp_path, postgresql_url, redis_url) -> Iterator[Processes]:
    started = Processes(compose, tmp_path, postgresql_url, redis_url)
    yield started
    for kept in reversed(started.running):
        kept.stop()


def test_its_processes_started_by_hand_take_points_and_give_them_back(processes):
    prepared = processes.run("prepare")
    assert prepared.returncode == 0, prepared.stderr
    for name in ("web", "worker", "beat"):
        processes.start(name)
    until(lambda: processes.ask("GET", "/readyz")["status"] == "ready", 120)
    key = processes.run("web", "api_key", "admin", "--scope", "admin").stdout.strip()
    run = processes.ask("POST", "/api/v1/projects/admin/compose/runs/", {"name": "x"}, key)["id"]
    steps, values = list(range(500)), [step / 7 for step in range(500)]
    body = {"writer": "w", "seq": 0, "step": steps, "values": {"loss": values}}
    assert processes.ask("POST", f"/api/v1/runs/{run}/history/", body, key)["accepted"] == 500
    (line,) = processes.ask("GET", f"/api/v1/series/?run={run}&key=loss&px=800", None, key)["runs"]
    assert (line["x"], line["y"]) == (steps, values)
    for what, service in (("worker", "worker"), ("queue", "beat")):  # their health checks
        assert processes.services[service]["healthcheck"]["test"][1:] == ["python", "manage.py", "alive", what]
        until(lambda what=what, service=service: processes.run(service, "alive", what).returncode == 0, 90)
    until(lambda: "0 batches" in processes.run("web", "doctor").stdout, 60)
    (line,) = processes.ask("GET", f"/api/v1/series/?run={run}&key=loss&px=800", None, key)["runs"]
    assert (line["x"], line["y"]) == (steps, values)  # compacted by the worker, and the same


def until(true, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.3)
