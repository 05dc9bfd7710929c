"""Rate limits: for whom, how many, and what is said."""

import pytest
from django.test import Client

from apps.core import rate_limits
from apps.core.rate_limits import Counts
from tests.factories import ApiClient, make_key, make_project, team_admin

pytestmark = pytest.mark.django_db

FAR = "203.0.113.7"


@pytest.fixture(autouse=True)
def few(settings, monkeypatch):
    """30 writes a minute (5 in 10 s) and 60 reads, in one window that does not end."""
    settings.RATE_LIMITS = {"writes": 30, "reads": 60}
    monkeypatch.setattr(rate_limits, "counts", Counts())
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_000_003.0)


def statuses(client: Client, times: int, path: str = "/api/v1/nothing/", method: str = "get") -> list[int]:
    return [getattr(client, method)(path).status_code for _ in range(times)]


def test_a_key_over_its_limit_is_told_which_and_when():
    project = make_project()
    client = ApiClient(make_key(team_admin(project)), REMOTE_ADDR=FAR)
    path = f"/api/v1/projects/{project.team.slug}/{project.slug}/runs/"
    assert [client.send("POST", path, {"name": "x"}).status_code for _ in range(5)] == [201] * 5
    refused = client.send("POST", path, {"name": "x"})
    assert (refused.status_code, refused["Retry-After"]) == (429, "7")
    assert refused.json()["code"] == "rate_limited"
    assert "more than 5 writes within 10 seconds" in refused.json()["message"]
    assert client.send("GET", path).status_code == 200  # reads are counted apart
    other = ApiClient(make_key(team_admin(project)), REMOTE_ADDR=FAR)
    assert other.send("POST", path, {"name": "x"}).status_code == 201


def test_an_address_has_a_limit_whatever_keys_it_tries():
    seen = [Client(REMOTE_ADDR=FAR, HTTP_AUTHORIZATION=f"Bearer {n}").get("/api/v1/nothing/") for n in range(41)]
    assert [answer.status_code for answer in seen] == [404] * 40 + [429]
    assert "This address" in seen[-1].json()["message"]
    assert Client(REMOTE_ADDR="203.0.113.8").get("/api/v1/nothing/").status_code == 404


def test_the_next_window_begins_anew(monkeypatch):
    client = Client(REMOTE_ADDR=FAR, HTTP_AUTHORIZATION="Bearer x")
    assert statuses(client, 11)[-1] == 429
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_000_011.0)
    assert statuses(client, 1) == [404]


def test_this_machine_and_its_probes_are_never_refused():
    assert 429 not in statuses(Client(), 100)
    assert 429 not in statuses(Client(REMOTE_ADDR=FAR), 100, "/healthz")


def test_zero_is_no_limit(settings):
    settings.RATE_LIMITS = {"writes": 0, "reads": 0}
    assert 429 not in statuses(Client(REMOTE_ADDR=FAR), 100)


def test_the_embedded_default_has_no_limits():
    from tracker_site.settings import rate_limits as of

    assert of(embedded=True) == {"writes": 0, "reads": 0}
    assert min(of(embedded=False).values()) >= 6_000


def test_processes_share_their_counts_through_redis(redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as connection:
        one, other = Counts(), Counts()
        for _ in range(3):
            one.add("reads key x", 7)
        one.tell(connection)
        assert other.add("reads key x", 7) == 1
        other.tell(connection)
        assert other.add("reads key x", 7) == 5
        one.add("reads key x", 7)
        one.tell(connection)
        assert one.add("reads key x", 7) == 6  # its own five, and the one of the other it was told
        assert one.add("reads key x", 8) == 1
