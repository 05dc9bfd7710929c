"""Reads over comments. Who asks has made sure that the user may read the subject."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from django.db.models import Prefetch, Q, QuerySet

from apps.accounts.models import User
from apps.comments.models import Comment, Mention
from apps.comments.subjects import Found, Subject, finders
from apps.core import ids
from apps.core.errors import NotFound

LONGEST_LIST = 200  # mentions shown to one person


class Thread(NamedTuple):
    """A comment and its replies, oldest first. A deleted one begins a thread as long as it has replies."""

    first: Comment
    replies: list[Comment]

    @property
    def words(self) -> list[Comment]:
        """Those that are there to be read."""
        return [one for one in (self.first, *self.replies) if one.deleted_at is None]


class Named(NamedTuple):
    """A mention, and where the comment is; None when its reader may not read that any more."""

    mention: Mention
    found: Found | None


def comments_on(subject: Subject) -> QuerySet[Comment]:
    """All comments on a subject, deleted ones too, oldest first."""
    found = Comment.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return found.order_by("created_at", "id")


def threads(subject: Subject) -> list[Thread]:
    """The threads on a subject, oldest first, with authors and who is named: two queries."""
    named = Prefetch("mentions", Mention.objects.select_related("user"))
    found = comments_on(subject).select_related("author", "resolved_by").prefetch_related(named)
    replies: dict[int, list[Comment]] = {}
    firsts = []
    for one in found:
        if one.thread_id is None:
            firsts.append(one)
        elif one.deleted_at is None:
            replies.setdefault(one.thread_id, []).append(one)
    for one in firsts:
        for reply in replies.get(one.id, []):
            reply.thread = one
    whole = (Thread(one, replies.get(one.id, [])) for one in firsts)
    return [thread for thread in whole if thread.words]


def comment_of(subject: Subject, comment_id: int, *, deleted: bool = False) -> Comment:
    """A comment on the subject, or a deleted one: one query. Raises NotFound."""
    found = comments_on(subject).select_related("author", "project__team", "thread").filter(id=comment_id)
    one = found.filter(deleted_at__isnull=not deleted).first()
    if one is None:
        raise NotFound(f"There is no comment {ids.to_text(comment_id)} here{' to bring back' if deleted else ''}.")
    return one


def mentions_of(user: User) -> list[Named]:
    """The newest LONGEST_LIST mentions of a person, newest first: few queries, however many there are."""
    mentions = list(_there(user).select_related("comment__author", "comment__project__team")[:LONGEST_LIST])
    found = _found(user, [one.comment for one in mentions])
    return [Named(one, found.get(one.comment_id)) for one in mentions]


def mention_of(user: User, mention_id: int) -> Named:
    """One mention of a person. Raises NotFound, also when they may not read the comment any more."""
    mention = _there(user).select_related("comment").filter(id=mention_id).first()
    found = _found(user, [mention.comment]).get(mention.comment_id) if mention else None
    if mention is None or found is None:
        raise NotFound("Nobody mentions you there, or you may not read it any more.")
    return Named(mention, found)


def unread_mentions(user: User) -> int:
    """How many mentions a person has not opened: one query."""
    return _there(user).filter(read_at=None).count()


def _there(user: User) -> QuerySet[Mention]:
    gone = Q(comment__deleted_at__isnull=False)
    return Mention.objects.filter(~gone, user=user).order_by("-created_at", "-id")


def _found(user: User, comments: Sequence[Comment]) -> Mapping[int, Found]:
    found: dict[int, Found] = {}
    for kind, some in groupby(sorted(comments, key=_kind), key=_kind):
        if kind in finders:
            found |= finders[kind](user, list(some))
    return found


def _kind(comment: Comment) -> str:
    return comment.subject_kind
