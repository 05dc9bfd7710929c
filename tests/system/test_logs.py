"""The log of a whole site: one JSON object a line, and one id from the request to the worker's task."""

import json
import re
import urllib.request

from tests.system.kill import make_run, wait_for


def test_a_request_is_found_again_in_the_workers_log(make_site):
    site = make_site(PACELINE_LOG_LEVEL="INFO", PACELINE_LOG_FORMAT="json")
    run = make_run(site)
    body = {"writer": "w", "seq": 0, "step": [1], "values": {"loss": [1]}}
    request = urllib.request.Request(
        f"{site.url}/api/v1/runs/{run}/history/",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {site.admin_key}", "X-Request-ID": "followed-1", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["X-Request-ID"] == "followed-1"

    def lines() -> list[dict[str, object]]:
        found = [line for line in site.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in map(json.loads, found) if line.get("request_id") == "followed-1"]

    wait_for(lambda: any("settle_run" in str(line.get("task")) for line in lines()), "no task carried the id")
    (served,) = [line for line in lines() if line["logger"] == "paceline.requests"]
    assert served["route"] == "api/v1/runs/<run:run_id>/history/"
    (done,) = [line for line in lines() if line["logger"] == "paceline.tasks"]
    assert done["state"] == "SUCCESS"
    with urllib.request.urlopen(f"{site.url}/metrics", timeout=10) as answer:
        figures = answer.read().decode()
    assert "paceline_points_total 1.0" in figures
    assert re.search(
        r"paceline_compaction_seconds_count [1-9]", figures
    )  # counted in the worker, told by the web process
    assert 'paceline_sign_age_seconds{name="queue"}' in figures
