"""Comments on a subject, without the apps above that have such subjects."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.comments import services, subjects
from apps.comments.errors import TooManyComments
from apps.comments.models import Comment, Mention
from apps.comments.queries import threads, unread_mentions
from apps.comments.services import add_comment, add_reply, delete_comment, edit_comment, resolve_thread, restore_comment
from apps.comments.subjects import Found, Subject
from apps.core.errors import Invalid
from tests.factories import browser, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
SUBJECT = Subject("thing", 7)


@pytest.fixture
def people():
    return {name: make_user(name) for name in ("anna", "Ben", "carl", "stranger")}


@pytest.fixture
def project(people):
    return make_project(make_team("vision", admin=people["anna"], member=people["Ben"], viewer=people["carl"]))


def say(project, author, text="x", **more):
    return add_comment(project=project, subject=SUBJECT, author=author, text=text, **more)


def said(subject=SUBJECT):
    return [[one.text for one in thread.words] for thread in threads(subject)]


def test_replies_stay_in_their_thread_one_level_deep(project, people, django_assert_num_queries):
    first, second = say(project, people["anna"], "one"), say(project, people["Ben"], "two")
    reply = add_reply(to=first, author=people["carl"], text="to one")
    add_reply(to=reply, author=people["Ben"], text="to the reply")
    add_comment(project=project, subject=Subject("thing", 8), author=people["anna"], text="elsewhere")
    with django_assert_num_queries(2):
        assert said() == [["one", "to one", "to the reply"], ["two"]]
    assert Comment.objects.filter(thread=first).count() == 2
    assert second.thread is None


@pytest.mark.parametrize(
    ("text", "problem"), [(" \n", "is empty"), ("x" * 10_001, "10,001 characters; at most 10,000"), ("\0", "NUL")]
)
def test_a_text_that_cannot_be_stored_is_refused(project, people, text, problem):
    comment = say(project, people["anna"], "  kept\r\nas it is ")
    with pytest.raises(Invalid, match=problem):
        say(project, people["anna"], text)
    with pytest.raises(Invalid, match=problem):
        edit_comment(comment, text)
    assert said() == [["kept\nas it is"]]


def test_only_so_many_comments_are_kept_of_a_subject(project, people, monkeypatch):
    monkeypatch.setattr(services, "MAX_COMMENTS", 2)
    first, _ = say(project, people["anna"]), say(project, people["anna"])
    with pytest.raises(TooManyComments, match="2 comments"):
        add_reply(to=first, author=people["anna"], text="x")
    delete_comment(first)
    say(project, people["anna"])


def test_a_deleted_comment_can_be_brought_back_for_a_day_and_its_replies_stay(project, people):
    lone, first = say(project, people["anna"], "lone"), say(project, people["anna"], "first")
    add_reply(to=first, author=people["Ben"], text="reply")
    delete_comment(lone)
    delete_comment(first)
    assert said() == [["reply"]]
    restore_comment(lone)
    assert said() == [["lone"], ["reply"]]
    delete_comment(lone)
    Comment.objects.exclude(deleted_at=None).update(deleted_at=timezone.now() - timedelta(days=2))
    delete_comment(say(project, people["Ben"], "another"))
    assert sorted(Comment.objects.values_list("text", flat=True)) == ["", "another", "reply"]


def test_who_resolved_a_thread_first_stays_and_a_reply_opens_it(project, people):
    first = say(project, people["anna"])
    reply = add_reply(to=first, author=people["Ben"], text="done")
    resolve_thread(reply, by=people["Ben"])
    resolve_thread(first, by=people["anna"])
    first.refresh_from_db()
    assert first.resolved_by == people["Ben"]
    add_reply(to=first, author=people["carl"], text="not at all")
    first.refresh_from_db()
    assert (first.resolved_at, first.resolved_by) == (None, None)


def test_people_of_the_team_are_told_when_they_are_named(project, people):
    comment = say(project, people["anna"], "@ben, @Carl. and @stranger, says @anna")
    assert {one.user.username for one in comment.mentions.all()} == {"Ben", "carl"}
    Mention.objects.filter(user=people["Ben"]).update(read_at=timezone.now())
    edit_comment(comment, "@ben alone")
    assert [(one.user.username, one.read_at is None) for one in comment.mentions.all()] == [("Ben", False)]
    edit_comment(comment, "@carl again")
    assert (unread_mentions(people["Ben"]), unread_mentions(people["carl"])) == (0, 1)
    delete_comment(comment)
    assert unread_mentions(people["carl"]) == 0


def test_the_list_of_mentions_leads_to_what_its_reader_may_still_read(project, people, monkeypatch):
    readable = []

    def things(_user, comments):
        return {one.id: Found("A <b>thing</b>", "/there/") for one in comments if one.id in readable}

    monkeypatch.setitem(subjects.finders, "thing", things)
    seen, closed = say(project, people["anna"], "@carl <b>look</b>"), say(project, people["anna"], "@carl secret")
    readable.append(seen.id)
    client = browser(people["carl"])
    page = client.get("/accounts/mentions/").content.decode()
    assert "2 unread mentions" in page
    assert "A &lt;b&gt;thing&lt;/b&gt;" in page
    assert "&lt;b&gt;look" in page
    assert "secret" not in page
    opened, refused = (client.get(reverse("mention", args=[one.mentions.get().id])) for one in (seen, closed))
    assert (opened["Location"], refused.status_code, unread_mentions(people["carl"])) == ("/there/", 404, 1)
    client.post("/accounts/mentions/read/")
    assert unread_mentions(people["carl"]) == 0
