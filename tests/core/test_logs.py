"""Log lines: one id from the request to the task, in three forms, without secrets."""

import json
import logging

import pytest
from django.urls import path

from apps.core import request_ids
from apps.core.logs import JsonLines, Lines, Logfmt, redacted
from tests.factories import make_run
from tracker_site.urls import handler500  # noqa: F401
from tracker_site.urls import urlpatterns as site_urlpatterns


def broken(_request):
    raise RuntimeError("secret detail")


urlpatterns = [path("api/v1/broken/", broken), path("broken/", broken), *site_urlpatterns]


def record(message: str, *words: object, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "paceline.test", "levelname": "WARNING", "msg": message, "args": words})
    made.__dict__.update(extra)
    return made


def test_a_json_line_is_one_object_with_the_extra_facts_and_the_request():
    token = request_ids.begin("abc-1")
    try:
        line = json.loads(JsonLines().format(record("two\nlines of %s", "text", ms=1.5, route="r")))
    finally:
        request_ids.end(token)
    assert line["message"] == "two\nlines of text"
    assert (line["level"], line["logger"], line["ms"], line["route"]) == ("warning", "paceline.test", 1.5, "r")
    assert line["request_id"] == "abc-1"


def test_logfmt_and_text_stay_on_one_line():
    assert ' message="two\\nwords \\"a\\" b" ms=1 empty=""' in Logfmt().format(
        record('two\nwords "a" b', ms=1, empty="")
    )
    assert Lines().format(record("three words here", ms=1)).endswith(" WARNING paceline.test: three words here ms=1")


@pytest.mark.parametrize(
    "text",
    [
        "GET /accounts/link/SECRETSECRETSECRET/ 200",
        "GET /s/SECRETSECRETSECRET/report 200",
        "Authorization: Bearer plk_SECRETSECRETSECRET",
        "key plk_SECRETSECRETSECRET refused",
        "postgresql://paceline:SECRETSECRETSECRET@db/paceline is away",
        "/accounts/google/login/callback/?state=SECRETSECRETSECRET&code=SECRETSECRETSECRET",
    ],
)
def test_no_form_shows_a_secret(text):
    assert "SECRET" not in redacted(text)
    assert "[hidden]" in redacted(text)
    for form in (JsonLines(), Logfmt(), Lines()):
        assert "SECRET" not in form.format(record("%s", text, url=text))


def test_ordinary_lines_stay_as_they_are():
    for text in ("GET /api/v1/series/?run=abc&key=val/loss 200", "POST /team/sessions/?page=2", "see http://h:80/a@b"):
        assert redacted(text) == text


def test_an_answer_carries_the_id_it_was_sent_or_a_new_one(client):
    assert client.get("/healthz", HTTP_X_REQUEST_ID="from-proxy.7")["X-Request-ID"] == "from-proxy.7"
    made = client.get("/healthz")["X-Request-ID"]
    assert len(made) == 16
    assert client.get("/healthz")["X-Request-ID"] != made
    for bad in ("a\nb", "x" * 129, "<script>", "a b"):
        assert len(client.get("/healthz", HTTP_X_REQUEST_ID=bad)["X-Request-ID"]) == 16
    assert request_ids.current_request_id() == ""


@pytest.mark.django_db
@pytest.mark.urls("tests.core.test_logs")
@pytest.mark.parametrize("at", ["/api/v1/broken/", "/broken/"])
def test_a_fault_of_ours_names_the_request_in_answer_and_log(client, caplog, at):
    client.raise_request_exception = False
    answer = client.get(at, HTTP_X_REQUEST_ID="id-of-this-one")
    assert answer.status_code == 500
    assert "id-of-this-one" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


@pytest.mark.django_db
def test_a_request_line_tells_route_status_and_time(client, caplog):
    run = make_run()
    with caplog.at_level(logging.INFO, logger="paceline.requests"):
        client.get(f"/api/v1/runs/{run.slug}/")
    (line,) = caplog.records
    assert line.__dict__["route"] == "api/v1/runs/<run:run_id>/"
    assert line.__dict__["status"] == 401
    assert line.__dict__["ms"] > 0
