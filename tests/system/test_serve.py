"""`make serve` as a person meets it: real processes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.services.keeper import ROOT
from tests.services.site import Site


def test_a_site_answers_and_says_it_is_ready(site: Site):
    with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:
        assert json.load(answer)["status"] == "ready"


def test_a_page_opens_in_chromium(site: Site, page):
    page.goto(f"{site.url}/healthz")
    assert "alive" in page.inner_text("body")


def test_ctrl_c_stops_every_process(make_site):
    site = make_site()
    running = [site.supervisor_pid, *site.pids("web"), *site.pids("worker")]
    assert len(running) == 4  # supervisor, granian and its one process, worker
    os.kill(site.supervisor_pid, signal.SIGINT)
    wait_until(lambda: not alive(running))
    assert site.stop() == 0


def test_a_killed_supervisor_leaves_nobody_behind(make_site):
    site = make_site()
    running = [site.supervisor_pid, *site.pids("web"), *site.pids("worker")]
    os.kill(site.supervisor_pid, signal.SIGKILL)
    wait_until(lambda: not alive(running))


def test_a_taken_port_is_said_plainly(site: Site, tmp_path: Path):
    said = refused_start(PORT=str(site.port), PACELINE_DATA=str(tmp_path))
    assert f"Cannot listen on 127.0.0.1:{site.port}: Address already in use." in said
    assert "PORT=" in said
    assert "Traceback" not in said


def test_a_port_that_is_none_is_said_plainly(tmp_path: Path):
    assert "PORT is 'http'" in refused_start(PORT="http", PACELINE_DATA=str(tmp_path))


def test_a_dead_web_server_and_a_dead_worker_are_started_again(make_site):
    site = make_site()
    for name in ("web", "worker"):
        before = site.pids(name)
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda name=name, before=before: set(site.pids(name)) - set(before))
    wait_until(lambda: answers(f"{site.url}/readyz"))
    assert "The web process ended (SIGKILL); it starts again in 0.2 s." in site.log.read_text()


def test_it_runs_on_postgresql_and_redis_given_only_their_urls(make_site, postgresql_url, redis_url):
    site = make_site(DATABASE_URL=postgresql_url, REDIS_URL=redis_url)
    with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:
        assert set(json.load(answer)["checks"].values()) == {"ok"}
    assert not (site.data / "paceline.sqlite3").exists()
    assert not (site.data / "broker").exists()


def test_it_runs_on_two_databases(make_site, postgresql_url):
    import psycopg

    series = f"{postgresql_url}_series"
    server, name = series.rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    site = make_site(DATABASE_URL=postgresql_url, SERIES_DATABASE_URL=series)
    with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:
        assert {"database default", "database series"} <= set(json.load(answer)["checks"])


def refused_start(**environment: str) -> str:
    """What `serve` says when it cannot start."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tracker_site.settings", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    return ended.stderr


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def wait_until(true, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
