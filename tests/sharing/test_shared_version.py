"""What a share link opens: one version, all of it, and nothing else of the site."""

import re
from datetime import timedelta
from hashlib import sha256

import orjson
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.core.logs import redacted
from apps.reports.models import SnapshotPiece
from apps.reports.publishing import publish
from apps.reports.services import update_report
from apps.runs.models import Visibility
from apps.sharing.models import ShareLink, ShareUse
from apps.sharing.services import restore_link, revoke_link
from tests.accounts.test_permissions import MATRIX, World
from tests.factories import ApiClient, make_project, team_admin
from tests.sharing.stories import shared_report

pytestmark = pytest.mark.django_db
ADDRESS = re.compile(r'(?:href|src)="([^"]*)"')
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_link_shows_its_version_and_loads_it_from_below_itself_alone():
    project = make_project()
    shared = shared_report(project, words=f"See [it](/runs/x/) and [there](https://example.org/). {project}")
    client = Client()
    answer = client.get(shared.address)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "A report" in page
    assert "the-run" in page
    own = {one for one in ADDRESS.findall(page) if not one.startswith(("/static/", "#"))}
    assert own == {one for one in own if one.startswith(shared.address)} | {"https://example.org/"}
    pieces = [one for one in own if "/pieces/" in one]
    assert len(pieces) == 3  # a picture in each theme, and the data
    for piece in pieces:
        assert sha256(client.get(piece).content).hexdigest() == piece.rpartition("/")[2]
    assert "<span>it</span>" in page  # a link that this reader could not follow is words
    assert sha256(client.get(f"{shared.address}report.json").content).hexdigest() == shared.snapshot.sha256
    assert f"http://testserver{shared.address}" in client.get(f"{shared.address}report.md").content.decode()
    file = client.get(f"{shared.address}report.html").getvalue().decode()
    assert "the-run" in file
    assert shared.token not in file  # files are handed on


def test_everything_below_a_link_says_to_be_kept_indexed_and_told_nowhere():
    shared = shared_report(make_project())
    piece = SnapshotPiece.objects.filter(report=shared.report).values_list("sha256", flat=True)[0]
    files = ("report.json", "report.html", "report.md", "data.md", "data.csv", "tables.tex", f"pieces/{piece}")
    below = ("", *files, "embed/1/", "embed/9/", "panel-9-9.png", "no/such/")
    for address in [*(f"{shared.address}{one}" for one in below), "/s/never-made/"]:
        answer = Client().get(address)
        assert answer["Referrer-Policy"] == "no-referrer", address
        assert "noindex" in answer["X-Robots-Tag"], address
        assert answer["Cache-Control"] == "private, no-store", address
        assert not answer.cookies, address
        assert Client().post(address).status_code == 405, address
        assert ("frame-ancestors *" in answer["Content-Security-Policy"]) is address.endswith("embed/1/")
        assert ("X-Frame-Options" in answer) is not address.endswith("embed/1/")


def test_a_link_opens_no_other_version_of_its_report():
    project = make_project()
    shared = shared_report(project)
    update_report(report=shared.report, title="A report", markdown="What is secret.")
    later = publish(report=shared.report, by=team_admin(project)).snapshot
    assert later is not None
    for piece in SnapshotPiece.objects.filter(report=shared.report).values_list("sha256", flat=True):
        known = piece.encode() in bytes(shared.snapshot.canonical)
        assert (Client().get(f"{shared.address}pieces/{piece}").status_code == 200) is known
    assert orjson.loads(bytes(later.canonical))["html"].encode() not in bytes(shared.snapshot.canonical)
    assert b"secret" not in Client().get(shared.address).content


def test_a_link_that_ended_was_revoked_or_never_was_opens_the_same_page():
    shared = shared_report(make_project())
    gone = Client().get("/s/never-made/")
    assert gone.status_code == 404
    assert b"may have ended" in gone.content
    files = ("report.json", "report.html", "report.md", "data.md", "data.csv", "tables.tex")
    below = ("", *files, "embed/1/", "panel-1-1.png")

    def answers() -> set[bytes]:
        return {Client().get(f"{shared.address}{one}").content for one in below}

    revoke_link(link=shared.link, by=team_admin(shared.run))
    assert answers() == {gone.content}
    restore_link(link=shared.link, by=team_admin(shared.run))
    assert Client().get(shared.address).status_code == 200
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert answers() == {gone.content}
    ShareLink.objects.update(expires_at=None)
    assert Client().get(shared.address).status_code == 200
    shared.report.delete()
    assert answers() == {gone.content}
    said = AuditEvent.objects.filter(action__startswith="share.").order_by("id")
    assert [one.action for one in said] == ["share.made", "share.revoked", "share.restored"]


def test_views_are_counted_and_nobody_is_remembered():
    shared = shared_report(make_project())
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.head(shared.address)
    for address in ("", "", "embed/1/", "report.json"):
        client.get(f"{shared.address}{address}")
    uses = {use.what: use.times for use in ShareUse.objects.all()}
    assert uses == {"page": 2, "panel": 1, "export": 1}
    for model in (ShareLink, ShareUse):
        for row in model.objects.values_list():
            assert "203.0.113.7" not in str(row)
            assert shared.token not in str(row)


def test_a_token_is_in_no_line_of_the_log(caplog):
    shared = shared_report(make_project())
    with caplog.at_level("INFO", logger="paceline.requests"):
        Client().get(shared.address)
        Client().get(f"{shared.address}panel-9-9.png")
    lines = [redacted(f"{record.getMessage()} {record.__dict__}") for record in caplog.records]
    assert [line for line in lines if "/s/[hidden]/" in line]
    assert not [line for line in lines if shared.token in line]


def test_links_to_public_runs_stay_links():
    shared = shared_report(make_project(visibility=Visibility.PUBLIC))
    page = Client().get(shared.address).content.decode()
    assert f'href="/runs/{shared.run.slug}/"' in page
    file = Client().get(f"{shared.address}report.html").getvalue().decode()
    assert f'href="http://testserver/runs/{shared.run.slug}/"' in file


def test_the_png_of_a_panel_needs_no_cookie_and_is_asked_for_anew():
    shared = shared_report(make_project())
    address = f"{shared.address}panel-1-1.png"
    cache.clear()
    first = Client().get(address)
    assert first.content.startswith(PNG)
    assert first["Content-Type"] == "image/png"
    assert first["Cache-Control"] == "no-cache"
    assert first["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not first.cookies
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert Client().get(f"{address}?theme=dark")["ETag"] != first["ETag"]
    assert ShareUse.objects.get(what="picture").times == 3
    revoke_link(link=shared.link, by=team_admin(shared.run))
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 404


def test_one_panel_stands_alone_in_the_theme_that_was_asked_for():
    shared = shared_report(make_project())
    page = Client().get(f"{shared.address}embed/1/?theme=dark").content.decode()
    assert 'data-theme="dark"' in page
    assert page.count("<figure") == page.count("</figure>") == 1
    assert "What we saw." not in page
    assert "<script" not in page
    assert f'src="{shared.address}pieces/' in page


def test_other_sites_may_frame_a_panel_of_a_public_project_only():
    for visibility, frames in ((Visibility.PUBLIC, "*"), (Visibility.TEAM, "'self'")):
        shared = shared_report(make_project(visibility=visibility))
        client = Client()
        client.force_login(team_admin(shared.run))
        answer = client.get(f"/r/{shared.report.slug}/1/embed/1/")
        assert answer["Content-Security-Policy"].endswith(f"frame-ancestors {frames}")


def test_no_other_url_takes_the_token():
    """Every URL of the site, asked with the token as a key, a cookie, a parameter and a part of the path."""
    world = World(Visibility.PRIVATE)
    token = world.shared
    clients = {
        "key": ApiClient(token),
        "parameter": Client(),
        "cookie": Client(),
        "path": Client(),
    }
    for name in ("sessionid", "token", "share"):
        clients["cookie"].cookies[name] = token
    served = {}
    for route in MATRIX:
        if route.startswith("s/"):
            continue
        path = world.path(route)
        plain = _answer(Client(), path)
        for how, client in clients.items():
            tried = re.sub(TEXTS, token, path).replace(world.token, token) if how == "path" else path
            asked = {"token": token, "share": token, "key": token, "s": token} if how == "parameter" else {}
            given = _answer(client, tried, asked)
            if given != plain and given[0] not in (400, 401, 404):
                served[how, tried] = (plain, given)
    assert served == {}


TEXTS = re.compile(r"(?<=/)(vision|digits|notes\.txt|val)(?=/|$)")  # what a path holds beside ids and numbers


def _answer(client: Client, path: str, asked: dict[str, str] | None = None) -> tuple[int, str]:
    """The status, and where it leads."""
    answer = client.get(path, asked)
    if answer.streaming:
        answer.getvalue()
    return answer.status_code, answer.get("Location", "").partition("?")[0]
