"""One error body everywhere: every endpoint, every way to be refused."""

import io
import sqlite3
from typing import Any

import orjson
import psycopg.errors
import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import Scope, User
from apps.artifacts.services import put_file
from apps.core import ids
from apps.core.api_errors import unavailable
from apps.custom_panels.services import create_panel
from apps.reports.discussion.posting import comment_on
from apps.reports.publishing import publish
from apps.reports.services import create_report, put_report
from apps.sharing.services import make_link
from apps.workspace.services import save_view
from tests.custom_panels.documents import DOCUMENT
from tests.factories import ApiClient, api_client, make_key, make_run, make_user, team_admin
from tests.reports.stories import picture
from tests.tables.tables import put_matrices, put_some_curves, put_some_histogram, put_tables
from tests.transfer.projects import empty_archive
from tracker_site.urls import handler400, handler403, handler404, handler500  # noqa: F401
from tracker_site.urls import urlpatterns as site_urlpatterns

pytestmark = pytest.mark.django_db

POINTS = {"writer": "w", "seq": 0, "step": [1], "values": {"loss": [0.5]}}
# Every endpoint under /api/v1/: what it takes with each of its methods. A new endpoint must be added here.
ENDPOINTS: dict[str, dict[str, Any]] = {
    "keys": {"POST": {"scope": "read"}},
    "me": {"GET": None},
    "project_runs": {"GET": None, "POST": {"name": "x"}},
    "bulk_change": {"POST": {"action": "archive", "runs": ["RUN"]}},
    "complete_filter": {"GET": None},
    "places": {"GET": None},
    "project_columns": {"GET": None},
    "project_views": {"GET": None, "POST": {"name": "x"}},
    "one_view": {"PATCH": {"name": "x"}, "DELETE": None},
    "project_layout": {"GET": None, "PUT": {"layout": {"hidden": ["loss"]}}, "DELETE": None},
    "project_aliases": {"GET": None, "PATCH": {"aliases": {"train/loss": "loss"}}},
    "project_metrics": {"GET": None, "PATCH": {"metrics": {"loss": "min"}}},
    "project_costs": {"GET": None, "PUT": {"default": 1, "actual": {"8": 5}, "pairs": [["8", "3", 10]]}},
    "one_run": {"GET": None, "PATCH": {"notes": "x"}, "DELETE": None},
    "archive_run": {"POST": None},
    "restore_run": {"POST": None},
    "finish_run": {"POST": {}},
    "heartbeat": {"POST": {}},
    "stop_run": {"POST": None},
    "run_events": {"GET": None},
    "run_outlook": {"GET": None},
    "move_run": {"POST": {"project": "TEAM/PROJECT"}},
    "writable_projects": {"GET": None},
    "run_receipt": {"GET": None},
    "history": {"POST": POINTS},
    "logs": {"GET": None, "POST": {"writer": "w", "seq": 0, "lines": [{"text": "x"}]}},
    "logs_text": {"GET": None},
    "class_tables": {"GET": None},
    "class_table": {"GET": None, "POST": {"step": 1, "rows": [{"class": "8", "recall": 0.5}]}},
    "confusion_matrices": {"GET": None},
    "confusion_matrix": {"GET": None, "POST": {"step": 1, "classes": ["8"], "counts": [[3]]}},
    "curve_keys": {"GET": None},
    "curves": {"GET": None, "POST": {"step": 1, "curves": [{"class": "8", "roc_auc": 0.9}]}},
    "histogram_keys": {"GET": None},
    "histogram": {"GET": None, "POST": {"step": 1, "edges": [0, 1], "counts": [3]}},
    "api_reports": {"GET": None, "POST": {"title": "x", "markdown": "y"}},
    "api_keyed_report": {"GET": None, "PUT": {"title": "x", "markdown": "y"}},
    "api_panels": {"GET": None, "POST": {"name": "x", "document": DOCUMENT}},
    "api_panel": {"GET": None, "PATCH": {"name": "y"}, "DELETE": None},
    "api_panel_versions": {"GET": None, "POST": {"document": DOCUMENT.replace("bar", "line")}},
    "api_panel_version": {"GET": None},
    "panel_svg": {"GET": None},
    "panel_png": {"GET": None},
    "api_panel_forks": {"POST": {"name": "y"}},
    "api_panel_places": {"GET": None, "PUT": {"panels": []}},
    "api_panel_check": {"POST": {"document": DOCUMENT}},
    "api_panel_data": {"POST": {"document": DOCUMENT}},
    "api_report_blocks": {"POST": {"block": "kind: line\nkeys: loss"}},
    "api_report": {"GET": None, "PUT": {"title": "x", "markdown": "y"}},
    "api_revisions": {"GET": None},
    "api_revision": {"GET": None},
    "api_revision_diff": {"GET": None},
    "api_restore_revision": {"POST": {}},
    "api_report_comments": {"GET": None, "POST": {"text": "x"}},
    "api_one_comment": {"PATCH": {"text": "y"}, "DELETE": None},
    "api_resolve_comment": {"POST": {}},
    "api_report_images": {"POST": picture()},
    "api_run_provenance": {"GET": None},
    "api_commit_provenance": {"GET": None},
    "api_snapshot_provenance": {"GET": None},
    "api_publish": {"POST": {}},
    "api_publishing": {"GET": None},
    "api_snapshots": {"GET": None},
    "api_report_comment": {"GET": None},
    "api_snapshot_comment": {"GET": None},
    "api_snapshot": {"GET": None},
    "api_snapshot_piece": {"GET": None},
    "api_snapshot_changes": {"GET": None},
    "api_shares": {"GET": None, "POST": {"days": 7}},
    "api_share": {"DELETE": None},
    "run_files": {"GET": None},
    "run_file": {"GET": None, "PUT": None, "DELETE": None},
    "project_retention_rule": {"GET": None, "PUT": {"keep_days": 30}, "DELETE": None},
    "team_quota": {"GET": None, "PUT": {"max_points": 1}},
    "series": {"GET": None},
    "compare_runs": {"GET": None},
    "plot_scatter": {"GET": None},
    "plot_bars": {"GET": None},
    "plot_histogram": {"GET": None},
    "plot_parallel": {"GET": None},
    "plot_importance": {"GET": None},
    "plot_suggestion": {"GET": None},
    "plot_svg": {"GET": None},
    "plot_png": {"GET": None},
    "series_svg": {"GET": None},
    "series_png": {"GET": None},
    "table_svg": {"GET": None},
    "table_png": {"GET": None},
    "run_export": {"GET": None},
    "project_export": {"GET": None},
    "project_import": {"POST": empty_archive()},
    "series_query": {"POST": {"questions": [{"runs": ["RUN"], "key": "loss", "x": "step", "px": 100}]}},
    "live": {"POST": {"questions": [{"runs": ["RUN"], "key": "loss", "x": "step", "px": 100}]}},
}
READS = {
    ("series_query", "POST"),
    ("live", "POST"),
    ("api_panel_check", "POST"),
    ("api_panel_data", "POST"),
}  # beside every GET


def full(_request):
    raise chained(sqlite3.OperationalError("database or disk is full"))


def broken(_request):
    raise RuntimeError("secret detail")


def forbidden(_request):
    raise PermissionDenied


urlpatterns = [
    *(path(f"{at}{view.__name__}/", view) for at in ("", "api/v1/") for view in (full, broken, forbidden)),
    *site_urlpatterns,
]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def api_patterns(patterns, prefix=""):
    """Name to path of every URL under api/v1/."""
    found: dict[str, str] = {}
    for one in patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found |= api_patterns(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("api/v1/"):
            found[one.name or path] = "/" + path
    return found


def path_of(name, run):
    path = api_patterns(get_resolver("tracker_site.urls").url_patterns)[name]
    path = path.replace("<str:team>", run.project.team.slug).replace("<str:project>", run.project.slug)
    path = path.replace("<run:run_id>", run.slug).replace("<str:plot>", "histogram")
    if name == "api_keyed_report":
        put_report(project=run.project, author=None, title="x", markdown="y", key="val")
    path = path.replace("<str:table>", "classes")
    if "<path:key>" in path or name in ("table_svg", "table_png"):
        put_tables(run)
        put_matrices(run)
        put_some_curves(run)
        put_some_histogram(run, key="val")
        path = path.replace("<path:key>", "val")
    if "<filepath:path>" in path:
        path = path.replace("<filepath:path>", put_file(run, "empty", io.BytesIO()).path)
    if "<run:view_id>" in path:
        path = path.replace(
            "<run:view_id>", save_view(run.project, team_admin(run), name=str(ids.new_id()), query="").slug
        )
    if "<run:report_id>" in path:
        report = create_report(project=run.project, author=None, title="x", markdown="y")
        publishing = publish(report=report, by=team_admin(run))
        path = path.replace("<run:report_id>", report.slug).replace("<int:n>", "1")
        path = path.replace("<run:publishing_id>", ids.to_text(publishing.id))
        if "<run:comment_id>" in path:
            comment = comment_on(report, team_admin(run), text="x", version=1, revision=1)
            path = path.replace("<run:comment_id>", comment.slug)
        path = path.replace("<str:sha256>", report.pieces.get().sha256)
    if "<run:link_id>" in path:
        link, _ = make_link(snapshot=report.snapshots.get(), by=team_admin(run), days=7)
        path = path.replace("<run:link_id>", link.slug)
    if "<run:panel_id>" in path:
        panel = create_panel(project=run.project, owner=None, name="x", document=DOCUMENT)
        path = path.replace("<run:panel_id>", panel.slug).replace("<int:n>", "1")
    path = path.replace("<str:page>", "project").replace("<slug:sha>", "4f2a9c1d")
    asks = {
        "series": f"?run={run.slug}&key=loss",
        "series_svg": f"?run={run.slug}&key=loss",
        "series_png": f"?run={run.slug}&key=loss",
        "table_svg": f"?run={run.slug}",
        "table_png": f"?run={run.slug}",
        "plot_svg": "?value=took",
        "plot_png": "?value=took",
        "compare_runs": f"?run={run.slug}",
        "places": f"?project={run.project}",
        "plot_scatter": "?x=created&y=took",
        "plot_bars": "?value=took",
        "plot_histogram": "?value=took",
        "plot_parallel": "?col=created&col=took",
        "plot_importance": "?target=took",
    }
    return path + asks.get(name, "")


def body_of(name, method, run):
    body = ENDPOINTS[name][method]
    if isinstance(body, bytes):
        return body
    return (
        None
        if body is None
        else orjson.loads(
            orjson.dumps(body).replace(b"RUN", run.slug.encode()).replace(b"TEAM/PROJECT", str(run.project).encode())
        )
    )


def run_for(name, method):
    """A run that may be asked for this: only an archived one is deleted, and only the site's admin sets quotas."""
    run = make_run(archived_at=timezone.now() if (name, method) == ("one_run", "DELETE") else None)
    if name == "team_quota":
        User.objects.filter(memberships__team=run.project.team).update(is_superuser=True)
    return run


def assert_refused(answer, status, code):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"code", "message", "fields"}
    assert body["code"] == code
    assert body["message"].endswith((".", "`"))
    assert isinstance(body["fields"], dict)
    if status == 401:
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_every_endpoint_is_walked():
    assert set(api_patterns(get_resolver().url_patterns)) == set(ENDPOINTS)


EACH = [(name, method) for name, methods in ENDPOINTS.items() for method in methods]
CHANGES = [pair for pair in EACH if pair[1] != "GET"]
NO_JSON = ("heartbeat", "project_import", "api_report_images")
TAKES_A_BODY = [pair for pair in CHANGES if ENDPOINTS[pair[0]][pair[1]] is not None]


@pytest.mark.parametrize(("name", "method"), EACH)
def test_the_owner_is_served_and_others_get_the_one_error_body(name, method):
    run = run_for(name, method)
    owner = team_admin(run)
    path, body = path_of(name, run), body_of(name, method, run)
    reads = method == "GET" or (name, method) in READS

    anonymous = ApiClient()
    assert_refused(anonymous.send(method, path, body), 401, "unauthenticated")
    assert_refused(ApiClient("plk_" + "x" * 43).send(method, path, body), 401, "unauthenticated")
    assert_refused(ApiClient("").send(method, path, body), 401, "unauthenticated")
    basic = ApiClient(HTTP_AUTHORIZATION="Basic eDp5")
    assert_refused(basic.send(method, path, body), 401, "unauthenticated")

    key, text = services.make_key(user=owner, scope=Scope.ADMIN)
    revoked = ApiClient(text)
    served = revoked.send(method, path, body)
    assert served.status_code < 300
    served.getvalue()  # a file is closed when it was read
    services.revoke_key(user=owner, key_id=key.id)
    assert_refused(revoked.send(method, path, body), 401, "unauthenticated")

    if name not in ("keys", "me", "writable_projects"):
        assert_refused(api_client(make_user(), Scope.ADMIN).send(method, path, body), 404, "not_found")
    reader = api_client(owner, Scope.READ).send(method, path, body)
    if reads:
        assert reader.status_code == 200
        reader.getvalue()
    else:
        assert_refused(reader, 403, "scope_missing")


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_wrong_method_is_refused(name):
    run = make_run()
    client = api_client(team_admin(run), Scope.ADMIN)
    for method in METHODS:
        if method not in ENDPOINTS[name]:
            answer = client.send(method, path_of(name, run), {})
            assert_refused(answer, 405, "method_not_allowed")
            assert "Allow" in answer


@pytest.mark.parametrize(("name", "method"), [pair for pair in TAKES_A_BODY if pair[0] not in NO_JSON])
def test_a_broken_body_is_refused(name, method):
    run = run_for(name, method)
    client = api_client(team_admin(run), Scope.ADMIN)
    path = path_of(name, run)
    assert_refused(client.send(method, path, b'{"a": '), 400, "body_unreadable")
    assert_refused(client.send(method, path, b"\xff\xfe"), 400, "body_unreadable")
    assert_refused(client.send(method, path, b"{}", HTTP_CONTENT_ENCODING="gzip"), 400, "body_unreadable")
    assert_refused(client.send(method, path, b"{}", HTTP_CONTENT_ENCODING="br"), 415, "unknown_encoding")
    short = {"wsgi.input": io.BytesIO(b"{}"), "CONTENT_LENGTH": "9"}
    assert_refused(client.send(method, path, b"{}", **short), 400, "body_incomplete")
    assert_refused(client.send(method, path, bytes(33 * 2**20)), 413, "body_too_large")
    refused = client.send(method, path, b'["a list"]')
    assert refused.status_code == 400
    assert set(refused.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/runs/short/", "/api/v1/runs/ZZZZZZZZZZZZZ/"]
)
def test_an_unknown_path_under_api_is_json(path):
    assert_refused(ApiClient().get(path), 404, "not_found")


def test_an_unknown_run_is_not_found():
    client = api_client(make_user())
    assert_refused(client.get(f"/api/v1/runs/{ids.to_text(ids.new_id())}/"), 404, "not_found")


def test_a_form_is_not_json():
    run = make_run()
    client = api_client(team_admin(run))
    answer = client.post(path_of("finish_run", run), "state=failed", content_type="application/x-www-form-urlencoded")
    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(("name", "method"), [pair for pair in CHANGES if pair not in READS])
def test_a_signed_in_browser_needs_its_csrf_token_to_write(name, method):
    run = run_for(name, method)
    client = ApiClient(enforce_csrf_checks=True)
    client.force_login(team_admin(run))
    path, body = path_of(name, run), body_of(name, method, run)
    assert_refused(client.send(method, path, body), 403, "csrf_failed")
    client.cookies["csrftoken"] = token = "a" * 32
    assert client.send(method, path, body, HTTP_X_CSRFTOKEN=token).status_code < 300


def test_a_page_that_is_missing_is_a_page(client):
    answer = client.get("/accounts/nothing/here/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert b"<h1>" in answer.content


def chained(cause):
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "passing"),
    [
        (sqlite3.OperationalError("database or disk is full"), True),
        (sqlite3.OperationalError("attempt to write a readonly database"), True),
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("unable to open database file"), True),
        (sqlite3.OperationalError("no such table: run"), False),
        (psycopg.errors.DiskFull("could not extend file"), True),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), True),
        (psycopg.errors.AdminShutdown("terminating connection"), True),
        (psycopg.errors.TooManyConnections("sorry"), True),
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.errors.UndefinedTable("no such table"), False),
        (psycopg.errors.UniqueViolation("duplicate"), False),
    ],
)
def test_a_database_that_cannot_serve_for_now_is_told_from_a_fault(cause, passing):
    refused = unavailable(chained(cause))
    assert (refused is not None) == passing
    if refused:
        assert (refused.status, refused.code) == (503, "unavailable")
        assert refused.retry_after


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("full/", 503, "unavailable"), ("broken/", 500, "server_error"), ("forbidden/", 403, "forbidden")],
)
def test_what_a_view_raises_is_json_under_api_and_a_page_elsewhere(path, status, code):
    client = ApiClient(raise_request_exception=False)
    answer = client.get(f"/api/v1/{path}")
    assert_refused(answer, status, code)
    assert b"secret" not in answer.content
    page = client.get(f"/{path}")
    assert page.status_code == status
    assert page["Content-Type"].startswith("text/html")
    assert code.encode() in page.content
    assert b"secret" not in page.content
    assert ["Retry-After" in one for one in (answer, page)] == [status == 503] * 2


def test_make_key_is_not_for_ingest_keys():
    answer = ApiClient(make_key(scope=Scope.INGEST)).send("POST", "/api/v1/keys/", {})
    assert_refused(answer, 403, "scope_missing")
