"""Words that are not saved: kept for each open editor, offered, compared, brought together, never lost."""

import re

import pytest
from django.test import Client

from apps.reports.models import Draft, Report
from apps.reports.services import create_report, update_report
from apps.reports.writing.autosave import MAX_DRAFTS, keep_draft, unsaved_drafts
from apps.reports.writing.merging import merged
from tests import factories
from tests.reports.stories import make_report
from tests.reports.test_editor import typed

pytestmark = pytest.mark.django_db

HOSTILE = "\"'></textarea><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def project():
    return factories.make_project()


@pytest.fixture
def owner(project):
    client = Client()
    client.force_login(factories.team_admin(project))
    return client


@pytest.fixture
def keep(project, owner):
    """Send what an open editor holds, as its script does; the answer's JSON."""

    def keep(report, markdown, *, editor="one", title="A report", revision="1", status=200):
        body = {"project": str(project), "report": report.slug if report else "", "editor": editor, "title": title}
        answer = owner.post("/r/autosave/", {**body, "markdown": markdown, "revision": revision})
        assert answer.status_code == status
        return answer.json()

    return keep


def offers(response):
    return re.findall(r'draft=(\w{13})">Restore', response.content.decode())


def test_what_an_editor_holds_is_kept_and_offered_when_it_opens_next(project, owner, keep):
    report = make_report(project, "saved")
    assert keep(report, "typed\r\nwords")["newest"] is None
    (draft,) = offers(owner.get(f"/r/{report.slug}/edit/"))
    restored = owner.get(f"/r/{report.slug}/edit/?draft={draft}")
    assert typed(restored) == "typed\nwords"
    assert offers(restored) == []
    assert Report.objects.get().markdown == "saved"
    assert report.revisions.count() == 1
    sent = {"title": "A report", "markdown": "typed\nwords", "revision": "1", "draft": draft, "do": "save"}
    owner.post(f"/r/{report.slug}/edit/", sent)
    assert Report.objects.get().markdown == "typed\nwords"
    assert not Draft.objects.exists()


def test_two_tabs_overwrite_nothing_of_each_other(project, owner, keep):
    report = make_report(project, "saved")
    keep(report, "from the first", editor="first")
    keep(report, "from the second", editor="second")
    keep(report, "more from the first", editor="first")
    page = owner.get(f"/r/{report.slug}/edit/")
    words = [typed(owner.get(f"/r/{report.slug}/edit/?draft={draft}")) for draft in offers(page)]
    assert words == ["more from the first", "from the second"]
    sent = {"title": "A report", "markdown": "more from the first", "revision": "1", "editor": "first"}
    owner.post(f"/r/{report.slug}/edit/", {**sent, "do": "save"})
    assert [draft.markdown for draft in Draft.objects.all()] == ["from the second"]


def test_a_draft_with_nothing_new_is_none(project, keep):
    report = make_report(project, "saved")
    keep(report, "saved, and more")
    assert keep(report, "saved") == {"kept_at": None, "newest": None}
    assert not Draft.objects.exists()
    keep(None, "a new one", title="")
    keep(None, "a new one", title="", editor="another")  # restored there
    assert [draft.editor for draft in Draft.objects.all()] == ["another"]


def test_words_of_a_report_that_was_never_saved_are_offered_for_the_next_new_one(project, owner, keep):
    keep(None, "first words", title="Idea", revision="")
    page = owner.get(f"/r/new/?project={project}")
    (draft,) = offers(page)
    assert typed(owner.get(f"/r/new/?project={project}&draft={draft}")) == "first words"
    elsewhere = make_report(project, "other")
    assert owner.get(f"/r/{elsewhere.slug}/edit/?draft={draft}").status_code == 404
    assert offers(owner.get(f"/r/{elsewhere.slug}/edit/")) == []


def test_a_discarded_draft_comes_back_by_undo(project, owner, keep):
    report = make_report(project, "saved")
    keep(report, "typed")
    (draft,) = offers(owner.get(f"/r/{report.slug}/edit/"))
    answer = owner.post(f"/r/drafts/{draft}/discard/")
    page = owner.get(answer["Location"])
    assert offers(page) == []
    assert "are discarded" in page.content.decode()
    back = owner.post(f"/r/drafts/{draft}/discard/", {"do": "undo"})
    assert typed(owner.get(back["Location"])) == "typed"


def test_drafts_are_seen_by_their_author_alone(project, owner, keep):
    report = make_report(project, "saved")
    keep(report, "secret")
    draft = Draft.objects.get()
    colleague = factories.make_user()
    project.team.memberships.create(user=colleague, role="admin")
    client = Client()
    client.force_login(colleague)
    assert offers(client.get(f"/r/{report.slug}/edit/")) == []
    for path in (f"/r/drafts/{draft.slug}/", f"/r/{report.slug}/edit/?draft={draft.slug}"):
        assert client.get(path).status_code == 404
    assert client.post(f"/r/drafts/{draft.slug}/discard/").status_code == 404
    assert Client().post("/r/autosave/", {"project": str(project)}).status_code == 302


def test_what_cannot_be_kept_is_refused_with_the_limit_and_drafts_are_bounded(project, keep):
    report = make_report(project, "saved")
    assert "at most 1,048,576" in keep(report, "x" * (2**20 + 1), status=400)["message"]
    assert "1 to 40 characters" in keep(report, "x", editor="e" * 41, status=400)["message"]
    assert keep(report, "x\0", status=400)["code"] == "invalid"
    author = factories.team_admin(project)
    for place in range(MAX_DRAFTS + 2):
        text, editor = f"text {place}", f"e{place}"
        keep_draft(author=author, project=project, report=report, editor=editor, title="t", markdown=text)
    kept = [draft.editor for draft in unsaved_drafts(author, project, report)]
    assert kept == [f"e{place}" for place in range(MAX_DRAFTS + 1, 1, -1)]


def test_an_editor_hears_that_somebody_saved_meanwhile(project, owner, keep):
    report = make_report(project, "a\nb\nc")
    ada = factories.make_user("ada")
    update_report(report=report, title="A report", markdown="a\nb\nC", author=ada)
    newest = keep(report, "A\nb\nc")["newest"]
    assert (newest["revision"], newest["by"]) == (2, "ada")
    (draft,) = offers(owner.get(f"/r/{report.slug}/edit/"))
    page = owner.get(f"/r/{report.slug}/edit/?draft={draft}").content.decode()
    assert "ada saved revision 2" in page
    difference = owner.get(f"/r/drafts/{draft}/").content.decode()
    assert "Your words against revision 2" in difference
    assert re.search(r"diff-removed.*?diff-text\">C<", difference, re.S)
    aside = owner.post(f"/r/{report.slug}/against-newest/", {"markdown": HOSTILE, "revision": "1"}).content.decode()
    assert "&lt;script&gt;alert" in aside
    assert "<script>alert" not in aside


def test_a_conflict_shows_both_texts_and_brings_them_together(project, owner):
    report = make_report(project, "a\nb\nc")
    update_report(report=report, title="A report", markdown="a\nb\nC <b>", author=factories.make_user("ada"))
    sent = {"title": "A report", "markdown": "A\r\nb\r\nc", "revision": "1", "do": "save"}
    page = owner.post(f"/r/{report.slug}/edit/", sent)
    assert page.status_code == 409
    text = page.content.decode()
    assert "From revision 2 to your text" in text
    assert "What ada changed since revision 1" in text
    assert "C &lt;b&gt;" in text
    assert 'name="base" value="1"' in text
    both = owner.post(f"/r/{report.slug}/edit/", {**sent, "revision": "2", "base": "1", "do": "merge"})
    assert typed(both) == "A\nb\nC <b>"
    assert "Nothing is saved yet" in both.content.decode()
    assert 'name="revision" value="2"' in both.content.decode()
    assert Report.objects.get().revision == 2


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "text", "overlaps"),
    [
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC", 0),
        ("a\nb", "x\na\nb", "a\nb\ny", "x\na\nb\ny", 0),
        ("a\nb\nc", "a\nc", "a\nb\nc\nd", "a\nc\nd", 0),
        ("a", "b", "b", "b", 0),
        ("a", "a", "b", "b", 0),
        ("a\nb\nc", "a\nM\nc", "a\nT\nc", "a\n<<<<<<< yours\nM\n=======\nT\n>>>>>>> theirs\nc", 1),
        ("", "mine", "theirs", "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> theirs", 1),
    ],
)
def test_both_sides_of_a_text_come_together_and_overlaps_keep_both(base, mine, theirs, text, overlaps):
    assert merged(base, mine, theirs) == (text, overlaps)


def test_a_hostile_draft_stays_words(project, owner, keep):
    report = create_report(project=project, author=None, title="A report", markdown="saved")
    keep(report, HOSTILE, title=HOSTILE)
    keep(None, HOSTILE, title=HOSTILE, editor="new")
    draft = Draft.objects.get(editor="one")
    paths = (f"/r/{report.slug}/edit/", f"/r/new/?project={project}", f"/r/drafts/{draft.slug}/")
    for path in (*paths, f"/r/{report.slug}/edit/?draft={draft.slug}"):
        page = owner.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
