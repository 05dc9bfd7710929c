"""A full disk and a read-only database, met by whole sites: 503 with Retry-After, and nothing acknowledged is lost."""

import http.client
import resource
from collections.abc import Callable
from typing import Any

import orjson
import psycopg
import pytest

from tests.services.site import Site


class Sender:
    """Sends JSON to a site as its admin."""

    def __init__(self, site: Site) -> None:
        self.port, self.key = site.port, site.admin_key

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        connection.request(
            method, path, data, {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, orjson.loads(said), answer.headers

    def run(self) -> str:
        """The path of a new run."""
        _, run, _ = self("POST", "/api/v1/projects/admin/trouble/runs/", {})
        return f"/api/v1/runs/{run['id']}/"


def points(seq: int, size: int = 1000) -> dict[str, Any]:
    return {"writer": "w", "seq": seq, "step": list(range(size)), "values": {"loss": [seq + 0.5] * size}}


def test_a_full_disk_refuses_for_now_and_loses_nothing(make_site: Callable[..., Site]) -> None:
    site = make_site()
    send = Sender(site)
    run = send.run()
    assert send("POST", f"{run}history/", points(0))[0] == 200
    largest = max(path.stat().st_size for path in site.data.glob("paceline.sqlite3*"))
    for pid in site.pids("web"):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 200_000, resource.RLIM_INFINITY))
    acknowledged = 1
    for seq in range(1, 200):
        status, body, headers = send("POST", f"{run}history/", points(seq))
        if status != 200:
            break
        acknowledged += 1
    assert (status, body["code"]) == (503, "unavailable")
    assert int(headers["Retry-After"]) > 0
    assert send("GET", run)[0] == 200
    for pid in site.pids("web"):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for again in range(seq + 1):  # a client sends everything again that it is not sure of
        status, body, _ = send("POST", f"{run}history/", points(again))
        assert status == 200
        assert body["duplicate"] == (again < seq)
    assert send("GET", run)[1]["points"] == 1000 * (acknowledged + 1)


@pytest.mark.parametrize("size", [33 * 2**20, 70 * 2**20])
def test_a_client_that_sends_too_much_gets_to_read_why(site: Site, size: int) -> None:
    send = Sender(site)
    run = send.run()
    status, body, _ = send("POST", f"{run}history/", bytes(size))
    assert (status, body["code"]) == (413, "body_too_large")
    assert f"{size:,}" in body["message"]
    assert send("POST", f"{run}history/", points(0))[0] == 200


def test_a_read_only_postgresql_refuses_writes_and_serves_reads(
    make_site: Callable[..., Site], postgresql_url: str
) -> None:
    site = make_site(DATABASE_URL=postgresql_url)
    send = Sender(site)
    run = send.run()
    assert send("POST", f"{run}history/", points(0))[0] == 200

    def read_only(said: str) -> None:
        name = postgresql_url.rpartition("/")[2]
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {said}")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )

    read_only("on")
    answers = [send("POST", f"{run}history/", points(1)) for _ in range(20)]
    assert {(status, body["code"]) for status, body, _ in answers} == {(503, "unavailable")}
    assert int(answers[0][2]["Retry-After"]) > 0
    reads = [send("GET", run) for _ in range(20)]
    assert reads[-1][0] == 200
    assert reads[-1][1]["points"] == 1000
    read_only("off")
    answers = [send("POST", f"{run}history/", points(1)) for _ in range(20)]
    assert answers[-1][0] == 200
    assert send("GET", run)[1]["points"] == 2000
