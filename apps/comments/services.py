"""Writes to comments. Who calls has made sure that their author may comment there."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts.models import User
from apps.comments.errors import TooManyComments
from apps.comments.models import Comment, Mention
from apps.comments.names import names_in
from apps.comments.queries import comments_on
from apps.comments.subjects import Subject
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.runs.models import Project

MAX_CHARACTERS = 10_000
MAX_COMMENTS = 1_000  # on a subject
FORGOTTEN_AFTER = timedelta(days=1)  # what is deleted, and its words with it


@transaction.atomic
def add_comment(
    *,
    project: Project,
    subject: Subject,
    author: User,
    text: str,
    place: Mapping[str, Any] | None = None,
    version: int | None = None,
    revision: int = 1,
) -> Comment:
    """Begin a thread. Raises Invalid for a text that is empty, too long or cannot be stored, and TooManyComments."""
    text = checked_text(text)
    _require_room(subject)
    comment = Comment.objects.create(
        project=project,
        subject_kind=subject.kind,
        subject_id=subject.id,
        place=dict(place or {}),
        version=version,
        revision=revision,
        text=text,
        author=author,
        created_at=timezone.now(),
    )
    _note_mentions(comment)
    return comment


@transaction.atomic
def add_reply(*, to: Comment, author: User, text: str, version: int | None = None, revision: int = 1) -> Comment:
    """Reply in the thread of a comment; a resolved one is open again. Raises as add_comment."""
    text = checked_text(text)
    first = to.thread or to
    subject = Subject(first.subject_kind, first.subject_id)
    _require_room(subject)
    comment = Comment.objects.create(
        project_id=first.project_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        thread=first,
        version=version,
        revision=revision,
        text=text,
        author=author,
        created_at=timezone.now(),
    )
    Comment.objects.filter(id=first.id).update(resolved_at=None, resolved_by=None)
    _note_mentions(comment)
    return comment


@transaction.atomic
def edit_comment(comment: Comment, text: str) -> Comment:
    """Change the words; who is named anew is told, who is named no more is not. Raises Invalid."""
    text = checked_text(text)
    if text != comment.text:
        comment.text, comment.edited_at = text, timezone.now()
        comment.save(update_fields=["text", "edited_at"])
        _note_mentions(comment)
    return comment


@transaction.atomic
def delete_comment(comment: Comment) -> None:
    """Take the words away; they can be brought back for a day. Replies to them stay."""
    Comment.objects.filter(id=comment.id, deleted_at=None).update(deleted_at=timezone.now())
    _forget_deleted()


def restore_comment(comment: Comment) -> None:
    """Bring deleted words back."""
    Comment.objects.filter(id=comment.id).update(deleted_at=None)


def resolve_thread(comment: Comment, *, by: User, resolved: bool = True) -> None:
    """Say that the thread of a comment is done with, or open it again. Said twice, the first who said it stays."""
    same = Comment.objects.filter(id=comment.thread_id or comment.id, resolved_at__isnull=resolved)
    if resolved:
        same.update(resolved_at=timezone.now(), resolved_by=by)
    else:
        same.update(resolved_at=None, resolved_by=None)


def read_mention(mention: Mention) -> None:
    Mention.objects.filter(id=mention.id, read_at=None).update(read_at=timezone.now())


def read_all_mentions(user: User) -> None:
    Mention.objects.filter(user=user, read_at=None).update(read_at=timezone.now())


def checked_text(text: str) -> str:
    """The words as they are stored, line ends as \\n. Raises Invalid."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    problem = text_problem(text)
    if not text:
        problem = "is empty"
    elif not problem and len(text) > MAX_CHARACTERS:
        problem = f"has {len(text):,} characters; at most {MAX_CHARACTERS:,} are allowed"
    if problem:
        raise Invalid(f"The comment {problem}.", fields={"text": problem})
    return text


def _require_room(subject: Subject) -> None:
    if comments_on(subject).filter(deleted_at=None).count() >= MAX_COMMENTS:
        raise TooManyComments(MAX_COMMENTS)


def _note_mentions(comment: Comment) -> None:
    """Write down which people of the team the comment names, but for its author."""
    names = set(names_in(comment.text))
    people: set[int] = set()
    if names:
        team = User.objects.filter(is_active=True, memberships__team__projects=comment.project_id)
        others = team.exclude(id=comment.author_id or 0).values_list("id", "username")
        people = {user_id for user_id, name in others if name.lower() in names}  # databases lower ASCII alone
    comment.mentions.exclude(user__in=people).delete()
    now = timezone.now()
    Mention.objects.bulk_create(
        [Mention(comment=comment, user_id=user_id, created_at=now) for user_id in sorted(people)],
        ignore_conflicts=True,
    )


def _forget_deleted() -> None:
    """Remove what was deleted a day ago; of a comment with replies the words alone."""
    old = Comment.objects.filter(deleted_at__lt=timezone.now() - FORGOTTEN_AFTER)
    replied = Exists(Comment.objects.filter(thread=OuterRef("pk")))
    old.filter(~replied).delete()
    old.filter(replied).exclude(text="").update(text="")
