"""A backup taken under load, the data destroyed, and what a restore brings back."""

import contextlib
import http.client
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.services.keeper import ROOT
from tests.services.site import Site
from tests.system.kill import KEYS, ROWS, Writer, call, errors, make_run, stored_points, value

BATCHES = 50  # acknowledged before the backup, by all writers together
PAUSE = 0.03  # seconds between requests: enough are under way at any moment, and the machine can do the rest
pytestmark = pytest.mark.timeout(400)  # two starts of a site and a load, on a machine that may be busy


def test_a_restore_on_sqlite_brings_back_all_that_was_acknowledged_before(make_site, tmp_path):
    site = make_site()
    backed_up_destroyed_and_restored(site, tmp_path, lambda: wipe_folder(site))


def test_a_restore_on_postgresql_brings_back_all_that_was_acknowledged_before(
    make_site, postgresql_url, redis_url, tmp_path
):
    site = make_site(DATABASE_URL=postgresql_url, REDIS_URL=redis_url)
    backed_up_destroyed_and_restored(site, tmp_path, lambda: wipe_database(site, postgresql_url))


def test_a_restore_of_two_databases_leaves_no_points_without_their_run(
    make_site, postgresql_url, postgresql_server, redis_url, tmp_path
):
    with other_database(postgresql_server, f"{postgresql_url.rsplit('/', 1)[1]}_series") as series:
        site = make_site(DATABASE_URL=postgresql_url, SERIES_DATABASE_URL=series, REDIS_URL=redis_url)

        def wipe() -> None:
            wipe_database(site, series)
            wipe_database(site, postgresql_url)

        backed_up_destroyed_and_restored(site, tmp_path, wipe)
        with psycopg.connect(series) as one, psycopg.connect(postgresql_url) as other:
            stored = {row[0] for row in one.execute("SELECT run_id FROM history_run")}
            known = {row[0] for row in other.execute("SELECT id FROM runs_run")}
        assert stored <= known
        site.close()


def test_nothing_is_changed_by_a_restore_that_is_refused(make_site, tmp_path):
    site = make_site()
    run = make_run(site)
    path = Path(site.manage("backup", str(tmp_path / "one.tar")))
    assert "in use by others" in refused(site, "restore", str(path), "--force")
    site.stop()
    assert "--force" in refused(site, "restore", str(path))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "bad.tar").write_bytes(content)
    assert "damaged" in refused(site, "restore", str(tmp_path / "bad.tar"), "--force")
    (tmp_path / "short.tar").write_bytes(path.read_bytes()[:-11_000])  # a tar ends with up to 10,752 zeros
    assert "cannot be read as a backup" in refused(site, "restore", str(tmp_path / "short.tar"), "--force")
    assert "is there already" in refused(site, "backup", str(path))
    site.start()
    assert call(site, "GET", f"/api/v1/runs/{run}/")["id"] == run


def backed_up_destroyed_and_restored(site: Site, folder: Path, wipe) -> None:
    runs = [make_run(site), make_run(site)]
    writers = [Writer(site, runs[number // 2], number, random.Random(number), pause=PAUSE) for number in range(4)]
    for writer in writers:
        writer.start()
    put_file(site, runs[0], "before.txt", b"before the backup")
    stop = threading.Event()
    busy = threading.Thread(target=keep_making_runs, args=(site, stop))
    busy.start()
    await_acknowledged(writers, BATCHES)
    before = {writer.name: list(writer.acknowledged) for writer in writers}
    path = Path(site.manage("backup", str(folder)))
    await_acknowledged(writers, acknowledged(writers) + 1)
    stop.set()
    put_file(site, runs[0], "after.txt", b"after the backup")
    for writer in writers:
        writer.finish.set()
    for writer in writers:
        writer.join()
    busy.join()
    assert not errors(writers)
    after = {writer.name: set(writer.acknowledged) for writer in writers}
    site.stop()
    wipe()
    said = site.manage("restore", str(path))
    assert "Everything acknowledged before 20" in said
    site.start()

    lost = 0
    for writer in writers:
        stored = stored_batches(site, writer)
        assert set(before[writer.name]) <= stored <= after[writer.name]
        lost += len(after[writer.name] - stored)
    assert lost  # what came after the backup is not in it
    assert get_file(site, runs[0], "before.txt") == (200, b"before the backup")
    assert get_file(site, runs[0], "after.txt")[0] == 404
    listed = call(site, "GET", "/api/v1/projects/admin/kill/runs/")
    assert listed["total"] >= 2
    again = Writer(site, runs[0], 9, random.Random(9))  # and it goes on
    again.send_next()
    again.hang_up()
    assert again.acknowledged == [0]


def acknowledged(writers: list[Writer]) -> int:
    return sum(len(writer.acknowledged) for writer in writers)


def await_acknowledged(writers: list[Writer], count: int) -> None:
    """Let writers write on until so many batches of all of them are acknowledged."""
    deadline = time.monotonic() + 120
    while acknowledged(writers) < count:
        assert time.monotonic() < deadline
        assert not errors(writers)
        time.sleep(0.02)


def stored_batches(site: Site, writer: Writer) -> set[int]:
    """The seqs of a writer whose points are there; each is there whole and exactly once."""
    points = {}
    for key in KEYS:
        found: list[tuple[int, float]] = []
        end = writer.first_step(writer.sent)
        for start in range(writer.first_step(0), end, 1_600):
            found += stored_points(site, writer.run_id, key, start, min(start + 1_600, end) - 1)
        assert all(number == value(key, step) for step, number in found)
        points[key] = [step for step, _ in found]
        assert len(points[key]) == len(set(points[key]))
    assert points[KEYS[0]] == points[KEYS[1]]
    steps = set(points[KEYS[0]])
    seqs = {(step - writer.first_step(0)) // ROWS for step in steps}
    assert steps == {writer.first_step(seq) + row for seq in seqs for row in range(ROWS)}
    return seqs


def keep_making_runs(site: Site, stop: threading.Event) -> None:
    """New runs with a point each, all through the backup."""
    while not stop.is_set():
        run = make_run(site)
        body = {"writer": "w", "seq": 0, "step": [1], "values": {"loss": [1]}}
        call(site, "POST", f"/api/v1/runs/{run}/history/", body)
        stop.wait(PAUSE)


def put_file(site: Site, run: str, path: str, content: bytes) -> None:
    assert asked(site, "PUT", f"/api/v1/runs/{run}/files/{path}", content)[0] == 201


def get_file(site: Site, run: str, path: str) -> tuple[int, bytes]:
    return asked(site, "GET", f"/api/v1/runs/{run}/files/{path}")


def asked(site: Site, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request(method, path, body, {"Authorization": f"Bearer {site.admin_key}"})
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def wipe_folder(site: Site) -> None:
    shutil.rmtree(site.data)
    site.data.mkdir()


def wipe_database(site: Site, url: str) -> None:
    wipe_folder(site)
    server, name = url.rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")


@contextlib.contextmanager
def other_database(server: str, name: str) -> Iterator[str]:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def refused(site: Site, *words: str) -> str:
    """What a management command says when it refuses."""
    ended = subprocess.run(
        [sys.executable, "manage.py", *words],
        env=site.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr
