"""Comments: what members of a team say of something that a page shows, in threads one level deep."""

from django.conf import settings
from django.db import models

from apps.core import ids
from apps.runs.models import Project

MAX_AUTHOR_NAME = 150


class Comment(models.Model):
    """Words of somebody on a subject: a kind and an id, which an app above knows (subjects.py).

    Its id is random, 63 bits, never used again. thread: the comment it replies to; None begins a thread.
    place: where on the subject, {} for the whole of it. version, revision: of the subject, as its author saw it;
    version is None on a draft. author_name: of a comment that came with an archive, whose author is no user here.
    deleted_at: until it is forgotten, it can be brought back.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="comments")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    thread = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    place = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    text = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    author_name = models.CharField(max_length=MAX_AUTHOR_NAME, blank=True)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "created_at", "id"], name="comments_of_subject"),
            models.Index(
                fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="comments_to_forget"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.said_by}: {self.text[:60]}"

    @property
    def slug(self) -> str:
        """The id as shown: 13 base32 characters."""
        return ids.to_text(self.id)

    @property
    def said_by(self) -> str:
        return self.author.get_username() if self.author else self.author_name or "somebody who left"


class Mention(models.Model):
    """Somebody is named in a comment. read_at: when they opened it from their list."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions", db_index=False
    )
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="mention_once_per_comment")]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="mentions_of_user")]

    def __str__(self) -> str:
        return f"{self.user} in {ids.to_text(self.comment_id)}"
