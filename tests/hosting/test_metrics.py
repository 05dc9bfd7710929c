"""/metrics: whom it answers, and what it counts over all processes."""

import multiprocessing
import re

import pytest
from django.test import Client

from apps.core import metrics
from tests.factories import api_client, history_path, make_run, team_admin

pytestmark = pytest.mark.django_db(transaction=True)


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def scrape() -> str:
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_counts_requests_batches_and_points():
    run = make_run()
    client = api_client(team_admin(run))
    row = {"writer": "w", "seq": 0, "step": [1, 2], "values": {"loss": [1, 2]}}
    route = 'method="POST",route="api/v1/runs/<run:run_id>/history/",status="200"'
    before = scrape()
    assert client.send("POST", history_path(run), row).status_code == 200
    assert client.send("POST", history_path(run), row).json()["duplicate"]
    after = scrape()
    for name, more in (
        ("paceline_points_total", 2),
        ('paceline_batches_total{result="stored"}', 1),
        ('paceline_batches_total{result="duplicate"}', 1),
        (f"paceline_request_seconds_count{{{route}}}", 2),
    ):
        assert figure(after, name) - figure(before, name) == more, name
    assert figure(after, "paceline_waiting_batches") == 1
    assert figure(after, "paceline_waiting_points") == 2
    assert figure(after, "paceline_running_runs") == 1
    assert figure(after, 'paceline_disk_bytes{kind="free"}') > 0


def test_every_process_is_counted():
    before = figure(scrape(), "paceline_points_total")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=metrics.batch_taken, args=(5, False)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert figure(scrape(), "paceline_points_total") - before == 15


def test_routes_are_patterns_never_urls():
    for number in range(3):
        Client().get(f"/nobody/knows{number}/")
        Client().get(f"/api/v1/unknown{number}/")
    assert "knows1" not in scrape()
    assert "unknown1" not in scrape()


def test_without_a_token_only_this_machine_reads_it():
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 404
    through_a_proxy = Client(HTTP_X_FORWARDED_FOR="10.1.2.3")
    assert through_a_proxy.get("/metrics").status_code == 404


def test_with_a_token_only_who_sends_it_reads_it(settings):
    settings.METRICS_TOKEN = "scrape-me"
    assert Client().get("/metrics").status_code == 404
    assert Client(HTTP_AUTHORIZATION="Bearer other").get("/metrics").status_code == 404
    assert Client(HTTP_AUTHORIZATION="Bearer scrape-me", REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 200


def test_a_folder_that_cannot_be_written_keeps_no_request_from_its_answer(settings, tmp_path):
    taken = tmp_path / "file"
    taken.write_text("")
    settings.METRICS_DIR = taken
    assert not metrics._share()
