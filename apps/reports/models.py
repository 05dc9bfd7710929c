"""Reports: Markdown that draws panels of a project's runs where they are read.

Revisions with a diff and frozen evidence are later tables that point here; `revision` already counts the saves.
"""

from django.db import models
from django.urls import reverse

from apps.core import ids
from apps.runs.models import Project


class Report(models.Model):
    """A Markdown text of a project. Its id is random, 63 bits, never used again."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reports")
    author = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    title = models.CharField(max_length=200)
    markdown = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "-updated_at", "-id"], name="reports_of_project")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("report", args=[self.id])

    @property
    def slug(self) -> str:
        """The id as shown: 13 base32 characters."""
        return ids.to_text(self.id)
