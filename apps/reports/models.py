"""Reports: Markdown that draws panels of a project's runs where they are read, with every text they had."""

from django.db import models
from django.urls import reverse

from apps.core import ids
from apps.runs.models import Project

MAX_TITLE_LENGTH = 200
MAX_NOTE_LENGTH = 200  # of what is said of a save


class Report(models.Model):
    """A Markdown text of a project: that of its newest revision. Its id is random, 63 bits, never used again."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reports")
    author = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
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


class Revision(models.Model):
    """A report as it was saved once; never changed. n counts from 1: the newest has the report's `revision`.

    Saves from before revisions were kept have none, but for the last of them.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="revisions", db_index=False)
    n = models.PositiveIntegerField()
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    markdown = models.TextField(blank=True)
    note = models.CharField(max_length=MAX_NOTE_LENGTH, blank=True)
    author = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "n"], name="revision_once_per_report")]

    def __str__(self) -> str:
        return f"{self.report_id} revision {self.n}"
