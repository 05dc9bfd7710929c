"""Who gets which answer: every URL of the site x everybody who may come x every visibility of a project.

The URLs come from the resolver: a new one fails test_every_url_is_in_the_matrix until it has its line in MATRIX.
"""

import re
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from apps.accounts import invitations, members, services
from apps.accounts.models import ApiKey, Membership, Role, Scope
from apps.artifacts.links import signature
from apps.artifacts.services import delete_file, put_file
from apps.comments.services import delete_comment
from apps.core import ids
from apps.custom_panels.services import change_panel, create_panel
from apps.reports.discussion.posting import comment_on
from apps.reports.held_pieces import HTML
from apps.reports.images.services import put_image
from apps.reports.models import SnapshotPiece
from apps.reports.publishing import publish
from apps.reports.services import create_report
from apps.reports.writing.autosave import keep_draft
from apps.runs import grants
from apps.runs.models import Run, Visibility
from apps.sharing.services import make_link
from apps.workspace.services import save_view
from tests.accounts.page_forms import Form, post_forms
from tests.core.test_api_errors import ENDPOINTS
from tests.custom_panels.documents import DOCUMENT
from tests.factories import ApiClient, make_project, make_run, make_team, make_user
from tests.reports.stories import picture
from tests.tables.tables import put_matrices, put_some_curves, put_some_histogram, put_tables
from tracker_site.celery import make_broker_folders

pytestmark = pytest.mark.django_db

NOT_LOGGED = "```panel\nkind: line\nkeys: [loss]\nruns: {name: drawn}\n```\n"  # costs no drawing
WHO = ("anonymous", "stranger", "viewer", "member", "admin", "ingest key", "read key", "revoked key")
# What each of them gets. ok: served (2xx, or led on); in: led to the sign-in page; else the status. The keys are the
# member's; a page does not know keys, so whoever sends one there is anonymous.
RULES: dict[str, str | dict[str, str]] = {
    #                    nobody  stranger  viewer  member  admin  ingest  read  revoked
    "read": {  # over the API
        "private":      "401     404       ok      ok      ok     ok      ok    401",
        "team":         "401     ok        ok      ok      ok     ok      ok    401",
        "public":       "ok      ok        ok      ok      ok     ok      ok    401",
    },
    "write":            "401     404       404     ok      ok     ok      403   401",
    "keep for oneself": {  # over the API
        "private":      "401     404       ok      ok      ok     ok      403   401",
        "team":         "401     ok        ok      ok      ok     ok      403   401",
        "public":       "401     ok        ok      ok      ok     ok      403   401",
    },
    "discuss":          "401     404       ok      ok      ok     ok      403   401",
    "admin's own":      "401     404       404     404     ok     404     403   401",
    "who am I":         "401     ok        ok      ok      ok     ok      ok    401",
    "administer":       "401     404       404     404     ok     404     404   401",
    "administer by key":"401     404       404     404     ok     403     403   401",
    "site's admin":     "401     404       404     404     403    403     403   401",
    "site's page":      "in      404       404     404     403    in      in    in",
    "keys":             "401     ok        ok      ok      ok     403     403   401",
    "see": {  # pages
        "private":      "in      404       ok      ok      ok     in      in    in",
        "team":         "in      ok        ok      ok      ok     in      in    in",
        "public":       "ok      ok        ok      ok      ok     ok      ok    ok",
    },
    "see what it has not": {  # a report without pictures
        "private":      "in      404       404     404     404    in      in    in",
        "team":         "in      404       404     404     404    in      in    in",
        "public":       "404     404       404     404     404    404     404   404",
    },
    "read as a writer": "401     404       404     ok      ok     ok      ok    401",
    "see signed in": {
        "private":      "in      404       ok      ok      ok     in      in    in",
        "team":         "in      ok        ok      ok      ok     in      in    in",
        "public":       "in      ok        ok      ok      ok     in      in    in",
    },
    "change":           "in      404       404     ok      ok     in      in    in",
    "member's own":     "in      404       404     ok      404    in      in    in",
    "team":             "in      404       ok      ok      ok     in      in    in",
    "team admin":       "in      404       404     404     ok     in      in    in",
    "one's own":        "in      ok        ok      ok      ok     in      in    in",
    "join":             "in      ok        ok      ok      ok     in      in    in",
    "delete":           "401     404       404     ok      ok     403     403   401",
    "leave or enter":   "in      in        in      in      in     in      in    in",
    "own link":         "404     ok        ok      ok      ok     404     404   404",
    "no password":      "in      403       403     403     403    in      in    in",
    "no second factor": "in      404       404     404     404    in      in    in",
    "not begun":        "401     401       401     401     401    401     401   401",
    "good keys":        "ok      ok        ok      ok      ok     ok      ok    401",
    "everybody":        "ok      ok        ok      ok      ok     ok      ok    ok",
    "nobody":           "404     404       404     404     404    404     404   404",
}  # fmt: skip


class World:
    """A team with a project that is seen by some, a run with all that belongs to it, and everybody who may come."""

    def __init__(self, visibility: str) -> None:
        make_broker_folders()
        self.stranger, self.viewer, self.member, self.admin = (make_user(name) for name in WHO[1:5])
        self.team = make_team("vision", admin=self.admin, member=self.member, viewer=self.viewer)
        make_team("speech", admin=self.stranger)
        self.project = make_project(self.team, "digits", visibility)
        self.run = make_run(self.project)
        make_run(self.project, name="drawn")  # and so kept by the report
        self.report = create_report(project=self.project, author=self.member, title="x", markdown=NOT_LOGGED, key="val")
        draft = keep_draft(
            author=self.member,
            project=self.project,
            report=self.report,
            editor="e",
            title="x",
            markdown="z",
            revision=1,
        )
        assert draft is not None
        self.draft = draft
        self.image = put_image(
            project=self.project, report=self.report, author=self.member, name="x", stream=BytesIO(picture())
        )
        self.panel = create_panel(project=self.project, owner=self.member, name="x", document=DOCUMENT)
        self.publishing = publish(report=self.report, by=self.member)
        self.comment = comment_on(self.report, self.admin, text="@member", version=1, revision=1)
        self.link, self.shared = make_link(snapshot=self.report.snapshots.get(), by=self.member, days=7)
        self.view = save_view(self.project, self.member, name="mine", query="", shared=True)
        self.file = put_file(self.run, "notes.txt", BytesIO(b"x"))
        put_tables(self.run)
        put_matrices(self.run)
        put_some_curves(self.run)
        put_some_histogram(self.run, key="val")
        self.key = services.make_key(user=self.member)[0]
        self.service = members.make_service_account(team=self.team, name="ci", role="member", by=self.admin)
        self.service_key = services.make_key(user=self.service)[0]
        self.invitation, self.token = invitations.make_invitation(team=self.team, role="viewer", by=self.admin)
        revoked, text = services.make_key(user=self.member)
        services.revoke_key(user=self.member, key_id=revoked.id)
        self.clients: dict[str, Client] = {"anonymous": Client(), "revoked key": ApiClient(text)}
        for name in WHO[1:5]:
            self.clients[name] = Client()
            self.clients[name].force_login(getattr(self, name))
        for name, scope in (("ingest key", Scope.INGEST), ("read key", Scope.READ)):
            self.clients[name] = ApiClient(services.make_key(user=self.member, scope=scope)[1])

    def path(self, route: str) -> str:
        """A route with everything in it named by something of this world."""
        services = "/services/" in route
        values = {
            "team": "vision",
            "project": "digits",
            "run_id": self.run.slug,
            "report_id": self.report.slug,
            "draft_id": self.draft.slug,
            "image_id": ids.to_text(self.image.id),
            "comment_id": self.comment.slug,
            "sha": "4f2a9c1d",
            "form": "json",
            "mention_id": ids.to_text(self.comment.mentions.get().id),
            "publishing_id": ids.to_text(self.publishing.id),
            "sha256": SnapshotPiece.objects.get(report=self.report, content_type=HTML).sha256,
            "view_id": self.view.slug,
            "panel_id": self.panel.slug,
            "n": 1,
            "page": "project",
            "plot": "histogram",
            "table": "classes",
            "path": self.file.path,
            "signature": signature(self.file),
            "name": "notes.txt",
            "token": self.shared if route.startswith("s/") else self.token,
            "link_id": self.link.slug,
            "panel": 1,
            "chart": 1,
            "rest": "x",
            "invitation_id": self.invitation.id,
            "user_id": self.service.id if services else self.viewer.id,
            "key_id": self.service_key.id if services else self.key.id,
            "provider": "github",
            "provider_id": "oidc",
            "key": "val",
            "uidb36": "1",
            "pk": 1,
        }
        plain = re.sub(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)", r"<\1>", route).replace("(?:oidc/)?", "")
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), plain)
        return "/" + filled.replace("^", "").replace("$", "")


def archive(world: World) -> None:
    Run.objects.filter(id=world.run.id).update(archived_at=timezone.now())


def delete_the_comment(world: World) -> None:
    delete_comment(world.comment)


def share_the_panel(world: World) -> None:
    change_panel(world.panel, shared=True)


def delete_the_file(world: World) -> None:
    delete_file(world.admin, world.run, world.file.path)


class Line(NamedTuple):
    """What a method of a URL takes and who is served. body: a form's fields, or JSON under api/; query: of the URL."""

    rule: str
    body: Any = None
    query: str = ""
    before: Callable[[World], None] | None = None


def api(name: str, method: str, rule: str, **more: Any) -> Line:
    """A line of an endpoint, with the body that tests/core/test_api_errors.py sends it."""
    return Line(rule, ENDPOINTS[name][method], **more)


OWN = {"GET": Line("one's own")}
OPEN = {"GET": Line("everybody")}
OWN_FORM = {"GET": Line("one's own"), "POST": Line("one's own", {})}
OPEN_FORM = {"GET": Line("everybody"), "POST": Line("everybody", {})}
NOT_SET_UP = {"GET": Line("nobody"), "POST": Line("nobody", {})}
NO_PASSWORD = {"GET": Line("no password"), "POST": Line("no password", {})}  # nobody here has one
NO_FACTOR = {"GET": Line("no second factor"), "POST": Line("no second factor", {})}  # nor one of these
RUN = "api/v1/runs/<run:run_id>/"
PROJECT = "api/v1/projects/<str:team>/<str:project>/"
PANEL = "api/v1/panels/<run:panel_id>/"
SHARES = "api/v1/reports/<run:report_id>/published/<int:n>/shares/"
OURS: dict[str, dict[str, Line]] = {
    # --- The API ---
    RUN: {
        "GET": Line("read"),
        "PATCH": api("one_run", "PATCH", "write"),
        "DELETE": Line("delete", before=archive),
    },
    RUN + "history/": {"POST": api("history", "POST", "write")},
    RUN + "logs/": {"GET": Line("read"), "POST": api("logs", "POST", "write")},
    RUN + "logs.txt": {"GET": Line("read")},
    RUN + "class-tables/": {"GET": Line("read")},
    RUN + "class-tables/<path:key>/": {"GET": Line("read"), "POST": api("class_table", "POST", "write")},
    RUN + "confusion-matrices/": {"GET": Line("read")},
    RUN + "confusion-matrices/<path:key>/": {"GET": Line("read"), "POST": api("confusion_matrix", "POST", "write")},
    RUN + "curves/": {"GET": Line("read")},
    RUN + "curves/<path:key>/": {"GET": Line("read"), "POST": api("curves", "POST", "write")},
    RUN + "histograms/": {"GET": Line("read")},
    RUN + "histograms/<path:key>/": {"GET": Line("read"), "POST": api("histogram", "POST", "write")},
    RUN + "archive/": {"POST": Line("write")},
    RUN + "restore/": {"POST": Line("write", before=archive)},
    RUN + "finish/": {"POST": api("finish_run", "POST", "write")},
    RUN + "heartbeat/": {"POST": api("heartbeat", "POST", "write")},
    RUN + "stop/": {"POST": Line("write")},
    RUN + "events/": {"GET": Line("read")},
    RUN + "outlook/": {"GET": Line("read")},
    RUN + "move/": {"POST": Line("write", {"project": "vision/digits"})},
    "api/v1/projects/": {"GET": Line("who am I")},
    RUN + "receipt/": {"GET": Line("read")},
    RUN + "export/": {"GET": Line("read")},
    RUN + "files/": {"GET": Line("read")},
    RUN + "files/<filepath:path>": {"GET": Line("read"), "PUT": Line("write", b"y"), "DELETE": Line("delete")},
    "api/v1/series/": {"GET": Line("read", query="?run=RUN&key=loss")},
    "api/v1/compare/": {"GET": Line("read", query="?run=RUN")},
    "api/v1/pictures/series.svg": {"GET": Line("read", query="?run=RUN&key=loss")},
    "api/v1/pictures/series.png": {"GET": Line("read", query="?run=RUN&key=loss")},
    "api/v1/pictures/<str:table>.svg": {"GET": Line("read", query="?run=RUN")},
    "api/v1/pictures/<str:table>.png": {"GET": Line("read", query="?run=RUN")},
    "api/v1/series/query": {"POST": api("series_query", "POST", "read")},
    "api/v1/live/": {"POST": api("live", "POST", "read")},
    PROJECT + "runs/": {
        "GET": Line("read"),
        "POST": api("project_runs", "POST", "write"),
    },
    PROJECT + "runs/complete/": {"GET": Line("read")},
    PROJECT + "runs/bulk/": {"POST": api("bulk_change", "POST", "write")},
    PROJECT + "views/": {"GET": Line("read"), "POST": api("project_views", "POST", "keep for oneself")},
    "api/v1/views/<run:view_id>/": {"PATCH": api("one_view", "PATCH", "write"), "DELETE": Line("write")},
    PROJECT + "layout/": {
        "GET": Line("read"),
        "PUT": api("project_layout", "PUT", "keep for oneself"),
        "DELETE": Line("keep for oneself"),
    },
    PROJECT + "aliases/": {"GET": Line("read"), "PATCH": api("project_aliases", "PATCH", "write")},
    PROJECT + "columns/": {"GET": Line("read")},
    PROJECT + "plots/scatter/": {"GET": Line("read", query="?x=created&y=took")},
    PROJECT + "plots/bars/": {"GET": Line("read", query="?value=took")},
    PROJECT + "plots/histogram/": {"GET": Line("read", query="?value=took")},
    PROJECT + "plots/parallel/": {"GET": Line("read", query="?col=created&col=took")},
    PROJECT + "plots/importance/": {"GET": Line("read", query="?target=took")},
    PROJECT + "plots/<str:plot>.svg": {"GET": Line("read", query="?value=took")},
    PROJECT + "plots/<str:plot>.png": {"GET": Line("read", query="?value=took")},
    PROJECT + "plots/suggestion/": {"GET": Line("read")},
    "api/v1/places/": {"GET": Line("read", query="?project=vision/digits")},
    PROJECT + "metrics/": {"GET": Line("read"), "PATCH": api("project_metrics", "PATCH", "write")},
    PROJECT + "costs/": {"GET": Line("read"), "PUT": api("project_costs", "PUT", "write")},
    PROJECT + "export/": {"GET": Line("read")},
    PROJECT + "import/": {"POST": api("project_import", "POST", "write")},
    PROJECT + "reports/": {
        "GET": Line("read"),
        "POST": api("api_reports", "POST", "write"),
    },
    PROJECT + "reports/by-key/<path:key>/": {"GET": Line("read"), "PUT": api("api_keyed_report", "PUT", "write")},
    PROJECT + "panels/": {"GET": Line("read"), "POST": api("api_panels", "POST", "write")},
    PROJECT + "panel-places/<str:page>/": {"GET": Line("read"), "PUT": api("api_panel_places", "PUT", "write")},
    PROJECT + "panel-check/": {"POST": api("api_panel_check", "POST", "read")},
    PROJECT + "panel-data/": {"POST": api("api_panel_data", "POST", "read")},
    PANEL: {
        "GET": Line("read"),
        "PATCH": api("api_panel", "PATCH", "write"),
        "DELETE": Line("write"),
    },
    PANEL + "versions/": {"GET": Line("read"), "POST": api("api_panel_versions", "POST", "write")},
    PANEL + "versions/<int:n>/": {"GET": Line("read")},
    PANEL + "versions/<int:n>/picture.svg": {"GET": Line("read")},
    PANEL + "versions/<int:n>/picture.png": {"GET": Line("read")},
    PANEL + "fork/": {"POST": Line("write", {"project": "vision/digits"})},
    PROJECT + "retention/": {
        "GET": Line("administer"),
        "PUT": api("project_retention_rule", "PUT", "administer by key"),
        "DELETE": Line("administer by key"),
    },
    "api/v1/teams/<str:team>/quota/": {"GET": Line("administer"), "PUT": api("team_quota", "PUT", "site's admin")},
    "api/v1/reports/<run:report_id>/": {"GET": Line("read"), "PUT": api("api_report", "PUT", "write")},
    "api/v1/reports/<run:report_id>/blocks/": {"POST": api("api_report_blocks", "POST", "write")},
    "api/v1/reports/<run:report_id>/revisions/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/revisions/<int:n>/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/revisions/<int:n>/diff/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/revisions/<int:n>/restore/": {"POST": Line("write", {})},
    "api/v1/reports/<run:report_id>/comments/": {
        "GET": Line("read"),
        "POST": api("api_report_comments", "POST", "discuss"),
    },
    "api/v1/reports/<run:report_id>/comments/<run:comment_id>/": {
        "PATCH": api("api_one_comment", "PATCH", "admin's own"),
        "DELETE": Line("admin's own"),
    },
    "api/v1/reports/<run:report_id>/comments/<run:comment_id>/resolve/": {"POST": Line("discuss", {})},
    "api/v1/reports/<run:report_id>/images/": {"POST": api("api_report_images", "POST", "write")},
    "api/v1/reports/<run:report_id>/publish/": {"POST": Line("write", {})},
    "api/v1/reports/<run:report_id>/publishings/<run:publishing_id>/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/published/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/published/<int:n>/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/pieces/<str:sha256>/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/published/<int:n>/changes/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/comment.md": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/published/<int:n>/comment.md": {"GET": Line("read")},
    SHARES: {"GET": Line("read as a writer"), "POST": api("api_shares", "POST", "write")},
    SHARES + "<run:link_id>/": {"DELETE": Line("write")},
    "api/v1/me/": {"GET": Line("who am I")},
    "api/v1/keys/": {"POST": api("keys", "POST", "keys")},
    "api/schema/": {"GET": Line("good keys")},
    "api/docs/": OPEN,
    "^api/": {"GET": Line("nobody"), "POST": Line("nobody")},
    # --- Pages of projects and runs ---
    "": OPEN,
    "client/paceline.zip": OPEN,
    "frames/plotly/": OPEN,
    "frames/panel/": OPEN,
    "<slug:team>/<slug:project>/": {"GET": Line("see")},
    "<slug:team>/<slug:project>/runs/": {"GET": Line("see")},
    "<slug:team>/<slug:project>/runs/count/": {"GET": Line("see")},
    "<slug:team>/<slug:project>/runs/export.csv": {"GET": Line("see")},
    "<slug:team>/<slug:project>/runs/export.parquet": {"GET": Line("see")},
    "<slug:team>/<slug:project>/runs/remember/": {"POST": Line("see signed in", {"query": "sort=name"})},
    "<slug:team>/<slug:project>/compare/": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/code/": {"GET": Line("see", query="?run=RUN&run=RUN")},
    "<slug:team>/<slug:project>/compare/classes.csv": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/classes.md": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/confusion/": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/curves/": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/confusion.csv": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/confusion.md": {"GET": Line("see", query="?run=RUN")},
    "<slug:team>/<slug:project>/compare/ignore/": {"POST": Line("change", {"key": "config.seed"})},
    "<slug:team>/<slug:project>/reports/": {"GET": Line("see")},
    # --- Custom panels ---
    "<slug:team>/<slug:project>/panels/": {"GET": Line("see")},
    "<slug:team>/<slug:project>/panels/new/": {"GET": Line("change"), "POST": Line("change", {"document": "{}"})},
    "<slug:team>/<slug:project>/panels/<run:panel_id>/edit/": {"GET": Line("see", before=share_the_panel)},
    "<slug:team>/<slug:project>/settings/costs/": {"GET": Line("change"), "POST": Line("change", {"default": "2"})},
    "<slug:team>/<slug:project>/settings/shared-charts/": {
        "POST": Line("team admin", {"key": "train/loss", "main": "loss"})
    },
    "<slug:team>/<slug:project>/settings/": {
        "GET": Line("team admin"),
        "POST": Line("team admin", {"visibility": "team"}),
    },
    "runs/<run:run_id>/": {"GET": Line("see")},
    "runs/<run:run_id>/classes/": {"GET": Line("see")},
    "runs/<run:run_id>/confusion/": {"GET": Line("see")},
    "runs/<run:run_id>/curves/": {"GET": Line("see")},
    "runs/<run:run_id>/code/": {"GET": Line("see")},
    "runs/<run:run_id>/system/": {"GET": Line("see", query="?x=relative")},
    "runs/<run:run_id>/stop/": {"POST": Line("change", {})},
    "runs/<run:run_id>/console/": {"GET": Line("see")},
    "runs/<run:run_id>/files/": {"GET": Line("see")},
    "runs/<run:run_id>/files/delete/": {"POST": Line("change", {"path": "notes.txt"})},
    "runs/<run:run_id>/files/restore/": {"POST": Line("change", {"file": "FILE"}, before=delete_the_file)},
    "f/<str:signature>/<str:name>": {"GET": Line("nobody")},  # elsewhere than on the host of FILES_URL
    # --- Reports ---
    "r/new/": {"GET": Line("change", query="?project=vision/digits")},
    "r/preview/": {"POST": Line("change", {"project": "vision/digits", "title": "x", "markdown": "y"})},
    "r/autosave/": {
        "POST": Line("change", {"project": "vision/digits", "editor": "one", "title": "x", "markdown": "y"})
    },
    "runs/<run:run_id>/card/": {"GET": Line("see")},
    "r/images/": {"POST": Line("change", {"project": "vision/digits", "image": picture()})},
    "r/images/<run:image_id>/": {"GET": Line("see")},
    "r/drafts/<run:draft_id>/": {"GET": Line("member's own")},
    "r/drafts/<run:draft_id>/discard/": {"POST": Line("member's own", {})},
    "r/<run:report_id>/": {"GET": Line("see")},
    "r/<run:report_id>/edit/": {
        "GET": Line("change"),
        "POST": Line("change", {"title": "x", "markdown": "y", "based_on": "1"}),
    },
    "r/<run:report_id>/against-newest/": {"POST": Line("change", {"markdown": "x", "revision": "1"})},
    "r/<run:report_id>/draft/": {"GET": Line("see")},
    "r/<run:report_id>/publish/": {"POST": Line("change", {})},
    "r/<run:report_id>/publish/<run:publishing_id>/": {"GET": Line("change")},
    "r/<run:report_id>/pieces/<str:sha256>": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/changes/": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>.json": {"GET": Line("see")},
    "r/<run:report_id>.md": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>.md": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/data.md": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/data.csv": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/tables.tex": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>.html": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/embed/<int:panel>/": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/panel-<int:panel>-<int:chart>.png": {"GET": Line("see what it has not")},
    "r/<run:report_id>/<int:n>/share/": {"GET": Line("change"), "POST": Line("change", {"lasting": "7"})},
    "r/<run:report_id>/<int:n>/share/<run:link_id>/revoke/": {"POST": Line("change", {})},
    "r/<run:report_id>/<int:n>/share/<run:link_id>/restore/": {"POST": Line("change", {})},
    # --- By a share link ---
    "s/<str:token>/": OPEN,
    "s/<str:token>/report.json": OPEN,
    "s/<str:token>/report.html": OPEN,
    "s/<str:token>/report.md": OPEN,
    "s/<str:token>/data.md": OPEN,
    "s/<str:token>/data.csv": OPEN,
    "s/<str:token>/tables.tex": OPEN,
    "s/<str:token>/pieces/<str:sha256>": OPEN,
    "s/<str:token>/embed/<int:panel>/": OPEN,
    "s/<str:token>/panel-<int:panel>-<int:chart>.png": {"GET": Line("nobody")},  # a report without pictures
    "s/<str:token>/<path:rest>": {"GET": Line("nobody")},
    "r/<run:report_id>/revisions/": {"GET": Line("see")},
    "r/<run:report_id>/revisions/diff/": {"GET": Line("see")},
    "r/<run:report_id>/revisions/<int:n>/": {"GET": Line("see")},
    "r/<run:report_id>/revisions/<int:n>/restore/": {"POST": Line("change", {})},
    RUN + "provenance/": {"GET": Line("read")},
    PROJECT + "commits/<slug:sha>/": {"GET": Line("read")},
    "api/v1/reports/<run:report_id>/published/<int:n>/provenance/": {"GET": Line("read")},
    "r/<run:report_id>/<int:n>/provenance/": {"GET": Line("see")},
    "r/<run:report_id>/<int:n>/provenance.<slug:form>": {"GET": Line("see")},
    "runs/<run:run_id>/provenance/": {"GET": Line("see")},
    "runs/<run:run_id>/provenance.<slug:form>": {"GET": Line("see")},
    "<slug:team>/<slug:project>/commits/<slug:sha>/": {"GET": Line("see")},
    "<slug:team>/<slug:project>/commits/<slug:sha>.<slug:form>": {"GET": Line("see")},
    "r/<run:report_id>/comments/": {"POST": Line("team", {"text": "x"})},
    "r/<run:report_id>/comments/<run:comment_id>/edit/": {"POST": Line("team admin", {"text": "x"})},
    "r/<run:report_id>/comments/<run:comment_id>/delete/": {"POST": Line("team admin", {})},
    "r/<run:report_id>/comments/<run:comment_id>/restore/": {"POST": Line("team admin", {}, before=delete_the_comment)},
    "r/<run:report_id>/comments/<run:comment_id>/resolve/": {"POST": Line("team", {})},
    # --- Teams ---
    "teams/": {"GET": Line("one's own"), "POST": Line("one's own", {"slug": "another"})},
    "teams/<slug:team>/": {"GET": Line("team")},
    "teams/<slug:team>/settings/": {"GET": Line("team admin"), "POST": Line("team admin", {"name": "x"})},
    "teams/<slug:team>/leave/": {"POST": Line("team", {})},
    "teams/<slug:team>/invitations/": {"POST": Line("team admin", {"role": "viewer"})},
    "teams/<slug:team>/invitations/<int:invitation_id>/revoke/": {"POST": Line("team admin", {})},
    "teams/<slug:team>/members/<int:user_id>/role/": {"POST": Line("team admin", {"role": "member"})},
    "teams/<slug:team>/members/<int:user_id>/remove/": {"POST": Line("team admin", {})},
    "teams/<slug:team>/services/": {
        "GET": Line("team admin"),
        "POST": Line("team admin", {"name": "cd", "role": "viewer"}),
    },
    "teams/<slug:team>/services/<int:user_id>/keys/": {"POST": Line("team admin", {"scope": "read"})},
    "teams/<slug:team>/services/<int:user_id>/keys/<int:key_id>/revoke/": {"POST": Line("team admin", {})},
    "teams/<slug:team>/storage/": {"GET": Line("team admin"), "POST": Line("site's page", {"max_points": "1"})},
    "teams/<slug:team>/storage/<slug:project>/": {
        "GET": Line("team admin", query="?keep_days=30"),
        "POST": Line("team admin", {"keep_days": "30"}),
    },
    "teams/<slug:team>/audit/": {"GET": Line("team admin")},
    "teams/<slug:team>/audit.csv": {"GET": Line("team admin")},
    # --- One's own account ---
    "accounts/": {"GET": Line("one's own"), "POST": Line("one's own", {"first_name": "x"})},
    "accounts/mentions/": OWN,
    "accounts/mentions/read/": {"POST": Line("one's own", {})},
    "accounts/mentions/<run:mention_id>/": {"GET": Line("member's own")},
    "accounts/keys/": {"GET": Line("one's own"), "POST": Line("one's own", {"scope": "read"})},
    "accounts/keys/<int:key_id>/revoke/": {"POST": Line("member's own", {})},
    "accounts/invitation/<str:token>/": {"GET": Line("everybody"), "POST": Line("join", {})},
    "accounts/link/<str:token>/": {"GET": Line("own link")},  # signed in, any leads home
    "accounts/sign-out/": {"POST": Line("leave or enter", {})},
    "accounts/with/<str:provider>/": NOT_SET_UP,
    # --- Health ---
    "healthz": OPEN,
    "readyz": OPEN,
    "metrics": OPEN,  # for this machine itself, and that is who asks here
}
ALLAUTH: dict[str, dict[str, Line]] = {
    "accounts/login/": OPEN_FORM,
    "accounts/sign-in/": OPEN_FORM,
    "accounts/logout/": {"GET": Line("one's own"), "POST": Line("leave or enter", {})},
    "accounts/inactive/": OPEN,
    "accounts/signup/": OPEN_FORM,  # says that accounts are made by invitation
    "accounts/reauthenticate/": NO_PASSWORD,
    "accounts/email/": OWN_FORM,
    "accounts/confirm-email/": OPEN,
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": OPEN,
    "accounts/password/change/": OWN_FORM,
    "accounts/password/set/": OWN_FORM,
    "accounts/password/reset/": OPEN_FORM,
    "accounts/password/reset/done/": OPEN,
    "accounts/password/reset/key/done/": OPEN,
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": OPEN,
    "accounts/login/code/confirm/": OWN_FORM,
    "accounts/2fa/": OWN,
    "accounts/2fa/authenticate/": OWN_FORM,
    "accounts/2fa/reauthenticate/": NO_PASSWORD,
    "accounts/2fa/totp/activate/": OWN_FORM,
    "accounts/2fa/totp/deactivate/": NO_FACTOR,
    "accounts/2fa/recovery-codes/": {"GET": Line("no second factor")},
    "accounts/2fa/recovery-codes/generate/": OWN_FORM,
    "accounts/2fa/recovery-codes/download/": {"GET": Line("no second factor")},
    "accounts/2fa/webauthn/": OWN,
    "accounts/2fa/webauthn/add/": OWN_FORM,
    "accounts/2fa/webauthn/reauthenticate/": NO_PASSWORD,
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": NO_FACTOR,
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": NO_FACTOR,
    "accounts/sessions/": OWN_FORM,
    "accounts/3rdparty/": OWN_FORM,
    "accounts/3rdparty/signup/": {"GET": Line("leave or enter")},
    "accounts/3rdparty/login/cancelled/": OPEN,
    "accounts/3rdparty/login/error/": {"GET": Line("not begun")},
    "accounts/github/login/callback/": {"GET": Line("nobody")},
    "accounts/google/login/callback/": {"GET": Line("nobody")},
    "accounts/oidc/<str:provider_id>/login/callback/": {"GET": Line("nobody")},
}
MATRIX = OURS | ALLAUTH
ABOUT_PROJECTS = re.compile("run_id|project|report_id|view_id|series|compare|live|^$")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SIGN_IN = ("/accounts/sign-in/", "/accounts/login/")


def routes(patterns: Any, prefix: str = "") -> Iterator[str]:
    """Every route of the site, as its patterns spell it."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def answer_of(world: World, who: str, method: str, route: str, line: Line | None = None) -> str:
    """What comes, in the words of RULES. Whatever it changed is undone."""
    grants.forget_readers()
    grants.forget_run(world.run.id)
    cache.clear()
    client = world.clients[who]
    cookies = client.cookies.output()
    with transaction.atomic():
        if line and line.before:
            line.before(world)
        path = world.path(route) + (line.query.replace("RUN", world.run.slug) if line else "")
        answer = send(client, method, path, line.body if line else {}, world)
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies.replace("Set-Cookie: ", ""))  # a sign-out is undone too
    if answer.status_code == 302 and answer["Location"].startswith(SIGN_IN):
        return "in"
    return "ok" if answer.status_code < 400 else str(answer.status_code)


def send(client: Client, method: str, path: str, body: Any, world: World) -> Any:
    if path.startswith("/api/"):
        if isinstance(body, dict):
            body = orjson.dumps(body).replace(b'"RUN"', f'"{world.run.slug}"'.encode())
        kind = "application/octet-stream" if "/files/" in path else "application/json"
        answer = client.generic(method, path, body or b"", content_type=kind)
    elif method == "POST":
        fields = {
            name: SimpleUploadedFile("file", said)
            if isinstance(said, bytes)
            else said.replace("FILE", str(world.file.id))
            for name, said in (body or {}).items()
        }
        answer = client.post(path, fields)
    else:
        answer = client.generic(method, path)
    if answer.streaming:
        answer.getvalue()
    return answer


def test_every_url_is_in_the_matrix():
    assert sorted(set(routes(get_resolver("tracker_site.urls").url_patterns))) == sorted(MATRIX)


def expected(rule: str, visibility: str) -> list[str]:
    row = RULES[rule]
    return (row[visibility] if isinstance(row, dict) else row).split()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("visibility", Visibility.values)
def test_everybody_gets_the_answer_of_the_matrix(visibility):
    """All of it for a private project, and for more open ones what their openness makes another."""
    world = World(visibility)
    wrong = {}
    for route, lines in MATRIX.items():
        if visibility != Visibility.PRIVATE and not ABOUT_PROJECTS.search(route):
            continue
        for method, line in lines.items():
            if visibility != Visibility.PRIVATE and isinstance(RULES[line.rule], str):
                continue
            came = [answer_of(world, who, method, route, line) for who in WHO]
            if came != expected(line.rule, visibility):
                wrong[method, route] = {"came": came, line.rule: expected(line.rule, visibility)}
    assert wrong == {}


NOT_OF_A_PROJECT = ("api/v1/me/", "api/v1/projects/", "api/v1/keys/", "api/v1/teams/<str:team>/quota/")


@pytest.mark.timeout(600)
def test_a_key_of_one_project_opens_all_of_it_and_nothing_else():
    """Not even what everybody reads."""
    world = World(Visibility.PUBLIC)
    make_project(world.team, "letters", Visibility.PUBLIC)
    for name, project in (("whole", ""), ("inside", "vision/digits"), ("outside", "vision/letters")):
        world.clients[name] = ApiClient(services.make_key(user=world.admin, scope=Scope.ADMIN, project=project)[1])
    wrong = {}
    for route, lines in OURS.items():
        if not route.startswith("api/v1/") or route in NOT_OF_A_PROJECT:
            continue
        for method, line in lines.items():
            came = [answer_of(world, who, method, route, line) for who in ("whole", "inside", "outside")]
            if came != ["ok", "ok", "404"]:
                wrong[method, route] = came
    assert wrong == {}


def pages_with_forms() -> list[tuple[str, Line]]:
    """Our pages, and the states of them that offer more."""
    files = "runs/<run:run_id>/files/"
    shown = [(route, lines["GET"]) for route, lines in OURS.items() if "GET" in lines and "api/" not in route]
    deleted = Line("see", query="?deleted=FILE", before=delete_the_file)
    return [*shown, (files, Line("see", query="?file=notes.txt")), (files, deleted)]


def test_a_page_offers_nobody_a_form_that_would_refuse_them():
    """Of a public project, which everybody reads."""
    world = World(Visibility.PUBLIC)
    offered, refused = set(), []
    for route, line in pages_with_forms():
        for who in WHO[:5]:
            with transaction.atomic():
                if line.before:
                    line.before(world)
                query = line.query.replace("RUN", world.run.slug).replace("FILE", str(world.file.id))
                address = world.path(route) + query
                for form in forms_of(world.clients[who].get(address), address):
                    offered.add(form.action)
                    if refuses(world.clients[who], form):
                        refused.append((who, address, form.action))
                transaction.set_rollback(True)
    assert refused == []
    assert {f"/runs/{world.run.slug}/{what}/" for what in ("stop", "files/delete", "files/restore")} < offered


def forms_of(answer: Any, address: str) -> list[Form]:
    """What a page offers, but for signing out."""
    if answer.status_code != 200 or answer.streaming or not answer["Content-Type"].startswith("text/html"):
        return []
    return [form for form in post_forms(answer.content.decode(), address) if form.action != "/accounts/sign-out/"]


def refuses(client: Client, form: Form) -> bool:
    """Whether the form, sent as it is, is refused. Whatever it changed is undone."""
    with transaction.atomic():
        came = client.post(form.action, form.fields)
        transaction.set_rollback(True)
    return came.status_code in (401, 403, 404, 405) or came.get("Location", "").startswith(SIGN_IN)


def test_whoever_is_signed_out_signs_in_and_comes_back_to_the_page_with_the_form():
    world = World(Visibility.PUBLIC)
    lost = []
    for route, lines in OURS.items():
        if "POST" not in lines or lines["POST"].rule in ("nobody", "leave or enter") or "api/" in route:
            continue
        answer = Client().post(world.path(route), {})
        assert answer.status_code == 302, route
        path, _, query = answer["Location"].partition("?")
        assert path == "/accounts/sign-in/", route
        back = parse_qs(query)["next"][0]
        if world.clients["admin"].get(back).status_code != 200:
            lost.append((route, back))
    assert lost == []


def test_no_other_method_serves_anybody():
    """Of ours: django-allauth's forms show themselves to any method, and take PUT as POST."""
    world = World(Visibility.PUBLIC)
    served = []
    for route, lines in OURS.items():
        for method in METHODS:
            for who in () if method in lines else ("anonymous", "admin", "ingest key"):
                if answer_of(world, who, method, route) not in ("in", "401", "403", "404", "405"):
                    served.append((method, route, who))
    assert served == []


def test_a_viewer_who_becomes_a_member_may_write_and_a_member_who_is_removed_sees_nothing():
    world = World(Visibility.PRIVATE)
    runs = "api/v1/projects/<str:team>/<str:project>/runs/"
    line = MATRIX[runs]["POST"]
    members.change_role(team=world.team, user_id=world.viewer.id, role=Role.MEMBER, by=world.admin)
    members.remove_member(team=world.team, user_id=world.member.id, by=world.admin)
    assert answer_of(world, "viewer", "POST", runs, line) == "ok"
    assert answer_of(world, "member", "POST", runs, line) == "404"
    for who in ("member", "ingest key", "read key"):
        assert answer_of(world, who, "GET", runs) == "404"
    assert Membership.objects.filter(team=world.team).count() == 3
    assert ApiKey.objects.filter(user=world.member, revoked_at=None).exists()
