"""What is said of reports: on their pages, over the API, in archives; who may, and which panel it is about."""

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.comments.models import Comment
from apps.comments.queries import mentions_of, threads
from apps.core import ids
from apps.reports.discussion import archive
from apps.reports.discussion.panels import PanelPlace, panels_of, same_panel
from apps.reports.discussion.subject import subject_of
from apps.reports.publishing import publish
from apps.reports.services import update_report
from apps.reports.transfer import PARTS
from apps.runs.models import Visibility
from apps.transfer.parts import Text, parts
from tests.factories import api_client, browser, make_project, make_team, make_user, team_admin
from tests.reports.stories import logged_run, make_report, panel

pytestmark = pytest.mark.django_db

HOSTILE = (
    "</textarea><script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) "
    '<a href="https://x" onclick="alert(1)" id="comments">b</a> @viewer\u202e\n\n# Top\n\n```panel\nkind: line\n```'
)


@pytest.fixture
def project():
    people = {role: make_user(role) for role in ("admin", "member", "viewer")}
    return make_project(make_team("vision", **people), "digits", Visibility.PUBLIC)


@pytest.fixture
def report(project):
    run = logged_run(project)
    text = panel("keys: [val/loss]", "title: Loss", f"runs: [{run.slug}]") + panel("key: val/other", "x: time")
    return make_report(project, f"Words\n\n{text}")


def client_of(report, role):
    return browser(report.project.team.members.get(username=role))


def comment(report, role="member", text="x", **fields):
    """The comment that a form makes."""
    answer = client_of(report, role).post(f"/r/{report.slug}/comments/", {"text": text, **fields})
    assert answer.status_code == 302, answer.content[:200]
    found = Comment.objects.get(id=ids.from_text(answer["Location"].rpartition("#comment-")[2]))
    return found, answer["Location"]


def read(report, path="", role="viewer", query=""):
    return client_of(report, role).get(f"/r/{report.slug}/{path}{query}").content.decode()


def test_a_comment_stands_at_its_panel_and_is_counted_there(report):
    publish(report=report, by=report.author)
    made, back = comment(report, text="Is this *noise*?", version="1", about="1")
    assert back == f"/r/{report.slug}/1/#comment-{made.slug}"
    comment(report, "viewer", "It is.", to=made.slug, version="1")
    comment(report, text="Fine by me", version="1")
    page = read(report)
    assert "Is this <em>noise</em>?" in page
    assert '<a href="#about-1">2 comments</a>' in page
    assert '<a href="#comments">3 comments</a>' in page
    assert page.count('data-about="') == 2
    assert page.index("Fine by me") < page.index("Is this") < page.index("It is.")
    assert "on <a" not in page.replace('on <a href="#commented-1"', "")
    assert 'value="2" selected' in read(report, query="?about=2")
    assert read(report, role="member").count("<summary>Edit") == 2
    stranger = browser(make_user("stranger")).get(f"/r/{report.slug}/").content.decode()
    assert "Fine by me" in stranger
    assert "<textarea" not in stranger


def test_a_panel_is_found_again_when_blocks_moved_and_a_comment_says_where_it_was_made(report):
    publish(report=report, by=report.author)
    bytes_before = report.snapshots.get().canonical
    comment(report, text="About the loss", version="1", about="1")
    comment(report, text="About time", version="1", about="2")
    first, _, second = report.markdown.partition("```panel\nkind: line\nkey:")
    blocks = "```panel\nkind: line\nkey:" + second.replace(" val/other", " val/third")
    update_report(report=report, title="A report", markdown=f"{blocks}\n{first.replace('x: step', '')}")
    publish(report=report, by=report.author)
    comment(report, text="On two", version="2")
    newest, oldest, draft = read(report), read(report, "1/"), read(report, "draft/")
    assert "panel 2: <bdi>Loss" in newest
    assert f'on <a href="/r/{report.slug}/1/">version 1' in newest
    assert "on panel 2, <bdi>val/other</bdi>, which is not on this page" in newest
    assert "On two" not in oldest
    assert "1 thread on newer text" in oldest
    assert "About the loss" in oldest
    assert "version 2</a>" in draft
    assert report.snapshots.get(n=1).canonical == bytes_before


def test_a_panel_is_the_one_that_is_alike_in_most():
    text = "\n".join(
        ["> - ```panel", ">   kind: line", ">   keys:", ">     - a", ">     - b", ">   ```", "```panel", "{", "```"]
    )
    listed, broken = panels_of(text, [1, 7])
    assert listed == PanelPlace(1, "line", "", ("a", "b"))
    assert broken == PanelPlace(2, "", "", ())
    titled = [PanelPlace(n, "line", "Loss", (key,)) for n, key in ((1, "x"), (2, "a"), (3, "b"), (6, "b"))]
    assert same_panel(PanelPlace(7, "line", "Loss", ("b",)), titled) == titled[3]
    assert same_panel(PanelPlace(2, "line", "Loss", ("gone",)), titled) == titled[1]
    assert same_panel(PanelPlace(2, "line", "", ("x",)), titled) == titled[0]
    assert same_panel(PanelPlace(2, "scatter", "", ("x",)), titled) is None


def test_resolved_threads_are_folded_and_deleted_ones_come_back(report):
    made, _ = comment(report, text="Settle this")
    member = client_of(report, "member")
    at = f"/r/{report.slug}/comments/{made.slug}"
    assert client_of(report, "viewer").post(f"{at}/resolve/").status_code == 302
    page = read(report)
    assert "1 resolved</summary>" in page
    assert "resolved by viewer" in page
    member.post(f"{at}/resolve/", {"open": "1"})
    assert "resolved</summary>" not in read(report)
    answer = member.post(f"{at}/delete/")
    assert answer["Location"] == f"/r/{report.slug}/draft/?deleted={made.slug}#comments"
    page = member.get(answer["Location"]).content.decode()
    assert "Settle this" not in page
    assert f'action="{at}/restore/"' in page
    assert "/restore/" not in read(report, "draft/", query=f"?deleted={made.slug}")
    member.post(f"{at}/restore/")
    assert "Settle this" in read(report)


def test_a_refused_comment_is_shown_again_with_its_words(report):
    publish(report=report, by=report.author)
    made, _ = comment(report, text="x")
    long = "y" * 10_001
    for path, fields, status in (
        ("", {"text": long, "version": "1", "about": "1"}, 400),
        ("", {"text": long, "to": made.slug}, 400),
        (f"{made.slug}/edit/", {"text": long}, 400),
        ("", {"text": "x", "version": "1", "about": "3"}, 400),
        ("", {"text": "x", "version": "9"}, 404),
        ("", {"text": "x", "to": "0" * 13}, 404),
    ):
        answer = client_of(report, "member").post(f"/r/{report.slug}/comments/{path}", fields)
        assert answer.status_code == status
        if status == 400:
            assert fields["text"] in answer.content.decode()
    assert Comment.objects.count() == 1


def test_hostile_words_stay_words(report):
    made, _ = comment(report, text=HOSTILE, about="1")
    page = read(report, role="member")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "onclick" not in page.replace("onclick=&quot;", "")
    assert "javascript:" not in page.replace("(javascript:", "")
    assert page.count('id="comments"') == 1
    assert '<mark class="mention">@viewer</mark>' in page
    assert "<p><strong>Top</strong></p>" in page
    (mention,) = mentions_of(report.project.team.members.get(username="viewer"))
    assert mention.found
    assert mention.found.url.endswith(made.slug)


def test_more_comments_cost_no_more_queries(report):
    reader = client_of(report, "admin")
    costs = []
    for more in (2, 6):
        for number in range(more):
            made, _ = comment(report, text=f"@viewer {number}", about="1")
            comment(report, "viewer", "reply", to=made.slug)
        reader.get(f"/r/{report.slug}/")
        with CaptureQueriesContext(connection) as queries:
            reader.get(f"/r/{report.slug}/")
            reader.get(f"/api/v1/reports/{report.slug}/comments/")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_programs_list_add_edit_resolve_and_delete(report):
    publish(report=report, by=report.author)
    member, viewer = (api_client(report.project.team.members.get(username=name)) for name in ("member", "viewer"))
    path = f"/api/v1/reports/{report.slug}/comments/"
    made = member.send("POST", path, {"text": "@viewer why?", "panel": 1}).json()
    assert (made["author"], made["version"], made["mentions"], made["replies_to"]) == ("member", 1, ["viewer"], None)
    assert made["panel"] == {"number": 1, "kind": "line", "title": "Loss", "keys": ["val/loss"]}
    assert made["url"].endswith(f"/r/{report.slug}/1/#comment-{made['id']}")
    reply = viewer.send("POST", path, {"text": "Seeds.", "replies_to": made["id"]}).json()
    assert reply["replies_to"] == made["id"]
    assert viewer.send("PATCH", f"{path}{made['id']}/", {"text": "mine"}).status_code == 404
    assert member.send("PATCH", f"{path}{made['id']}/", {"text": "Why?"}).json()["mentions"] == []
    done = viewer.send("POST", f"{path}{made['id']}/resolve/", {}).json()
    assert (done["resolved_by"], done["resolved_at"] is None) == ("viewer", False)
    assert [one["resolved_by"] for one in viewer.get(path).json()["comments"]] == ["viewer", "viewer"]
    assert member.send("DELETE", f"{path}{reply['id']}/").status_code == 404
    assert viewer.send("DELETE", f"{path}{reply['id']}/").status_code == 204
    assert [one["text"] for one in viewer.get(path).json()["comments"]] == ["Why?"]
    refused = member.send("POST", path, {"text": "x", "panel": 7})
    assert (refused.status_code, refused.json()["fields"]) == (
        400,
        {"panel": "There is no panel 7: this text draws 2."},
    )
    assert member.send("POST", path, {"text": "x", "replies_to": "?"}).status_code == 400


def test_comments_travel_in_archives_by_the_name_of_who_made_them(report):
    made, _ = comment(report, text="Why?", about="1")
    comment(report, "viewer", "Seeds.", to=made.slug)
    client_of(report, "viewer").post(f"/r/{report.slug}/comments/{made.slug}/resolve/")
    gone, _ = comment(report, text="gone")
    client_of(report, "member").post(f"/r/{report.slug}/comments/{gone.slug}/delete/")
    copy = make_project()
    for part in (*PARTS, archive.PART):
        texts = [Text(orjson.loads(orjson.dumps(one.facts)), one.text) for one in part.texts(report.project)]
        assert [part.restore(copy, team_admin(copy), text) for text in texts] == [True] * len(texts)
        assert [part.restore(copy, team_admin(copy), text) for text in texts] == [False] * len(texts)
    assert archive.PART in parts
    copied = copy.reports.get()
    ((first, replies),) = threads(subject_of(copied))
    assert (first.text, first.said_by, first.author, first.place["title"]) == ("Why?", "member", None, "Loss")
    assert first.resolved_at is not None
    assert [(one.text, one.said_by) for one in replies] == [("Seeds.", "viewer")]
