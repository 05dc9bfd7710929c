"""Files through a whole site: in a bucket, on a disk that fills, from a client that dies."""

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.trainings import Training
from tests.services.site import Site


def connection(site: Site) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)


def ask(run: Training, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer."""
    line = connection(run.site)
    said = {"Authorization": f"Bearer {run.site.admin_key}", **headers}
    line.request(method, f"/api/v1/runs/{run.id}/files/{path}", body or None, said)
    answer = line.getresponse()
    found = answer.status, answer.headers, answer.read()
    line.close()
    return found


def incoming(site: Site) -> list[Path]:
    folders = [folder for folder in site.data.rglob("incoming") if folder.is_dir()]
    return [file for folder in folders for file in folder.iterdir()]


def test_a_site_keeps_its_files_in_a_bucket(make_site: Callable[..., Site], s3_environment: dict[str, str]) -> None:
    site = make_site(**s3_environment)
    run = Training(site, "files", "in a bucket")
    body = bytes(range(256)) * 40_000  # more than one part of a bucket's upload
    assert ask(run, "PUT", "a/big.bin", body)[0] == 201
    assert ask(run, "PUT", "a/big.bin", body)[0] == 200
    assert ask(run, "GET", "a/big.bin")[2] == body
    status, headers, part = ask(run, "GET", "a/big.bin", Range="bytes=1000000-1000255")
    assert (status, part) == (206, body[1_000_000:1_000_256])
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert not (site.data / "files").exists()
    assert incoming(site) == []


def test_a_client_that_dies_during_an_upload_leaves_nothing(make_site: Callable[..., Site]) -> None:
    site = make_site()
    run = Training(site, "files", "cut off")
    line = connection(site)
    line.putrequest("PUT", f"/api/v1/runs/{run.id}/files/a.bin")
    line.putheader("Authorization", f"Bearer {site.admin_key}")
    line.putheader("Content-Length", "10000000")
    line.endheaders()
    line.send(b"x" * 3_000_000)
    line.close()
    deadline = time.monotonic() + 30
    while incoming(site) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert incoming(site) == []
    assert json.loads(ask(run, "GET", "")[2])["files"] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(place)], check=False)
    if made.returncode != 0:
        pytest.skip("Only root can mount a small disk.")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_during_an_upload_answers_503_and_keeps_what_was_there(
    make_site: Callable[..., Site], small_disk: Path
) -> None:
    site = make_site(PACELINE_FILES=str(small_disk))
    run = Training(site, "files", "small disk")
    assert ask(run, "PUT", "kept.bin", b"a" * 4_000_000)[0] == 201
    status, headers, body = ask(run, "PUT", "kept.bin", b"b" * 20_000_000)
    assert (status, json.loads(body)["code"]) == (503, "unavailable")
    assert int(headers["Retry-After"]) > 0
    assert ask(run, "GET", "kept.bin")[2] == b"a" * 4_000_000
    assert list((small_disk / "incoming").iterdir()) == []
    assert ask(run, "PUT", "more.bin", b"c" * 8_000_000)[0] == 201
