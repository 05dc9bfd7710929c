"""Reports: Markdown that draws panels of a project's runs where they are read, with every text they had."""

import re
from typing import Any

import orjson
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property

from apps.artifacts.models import Blob
from apps.core import ids
from apps.runs.models import Project

_NOT_WORDS = re.compile(r"[^\w .,+-]")
MAX_TITLE_LENGTH = 200
MAX_NOTE_LENGTH = 200  # of what is said of a save
MAX_IMAGE_NAME = 200
MAX_EDITOR_LENGTH = 40  # of the name of an open editor
MAX_KEY_LENGTH = 250


class Report(models.Model):
    """A Markdown text of a project: that of its newest revision. Its id is random, 63 bits, never used again.

    key: what a program calls it in this project, such as its file's path in the repository; None when nobody does.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reports")
    author = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    key = models.CharField(max_length=MAX_KEY_LENGTH, null=True, blank=True)
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    markdown = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "-updated_at", "-id"], name="reports_of_project")]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="report_once_per_key")]

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


class Snapshot(models.Model):
    """What a report showed when it was published; never changed, whatever becomes of its runs. n counts from 1.

    canonical: the JSON that says all of it and names its pieces by their SHA-256; sha256 is of these very bytes.
    evidence: the SHA-256 of what it rests on, without pictures, who and when: whether there is anything new to publish.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    n = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    evidence = models.CharField(max_length=64)
    published_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "n"], name="snapshot_once_per_report")]

    def __str__(self) -> str:
        return f"{self.report_id} snapshot {self.n}"

    def get_absolute_url(self) -> str:
        return reverse("snapshot", args=[self.report_id, self.n])

    @cached_property
    def said(self) -> dict[str, Any]:
        """What its canonical JSON says."""
        said: dict[str, Any] = orjson.loads(bytes(self.canonical))
        return said


class SnapshotPiece(models.Model):
    """Bytes that snapshots of a report name by their SHA-256: a picture, drawn data, facts of a run, the page's HTML.

    body: compressed by zlib. What several snapshots share is stored once.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "sha256"], name="piece_once_per_report")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.sha256[:12]}"


class SnapshotRun(models.Model):
    """A run that a snapshot rests on; the run may be gone."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="runs", db_index=False)
    run_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "run_id"], name="run_once_per_snapshot")]
        indexes = [models.Index(fields=["run_id"], name="snapshots_of_run")]

    def __str__(self) -> str:
        return f"{self.snapshot_id} {ids.to_text(self.run_id)}"


class Publishing(models.Model):
    """Somebody asked to publish a revision, and how far that is. total: charts. message: why it failed."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="publishings")
    revision = models.PositiveIntegerField()
    by = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    message = models.TextField(blank=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, null=True, related_name="+")
    touched_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["touched_at"], condition=models.Q(state="waiting"), name="publishings_to_do"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} revision {self.revision}: {self.state}"


class Draft(models.Model):
    """What somebody wrote and has not saved, as one open editor last sent it; only its author ever sees it.

    report: None for a report that was never saved. editor: a random name that each opening of the editor has.
    revision: the one that the text is based on. discarded_at: offered no longer, and removed a day later.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    author = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, related_name="drafts")
    editor = models.CharField(max_length=MAX_EDITOR_LENGTH)
    title = models.CharField(max_length=MAX_TITLE_LENGTH, blank=True)
    markdown = models.TextField(blank=True)
    revision = models.PositiveIntegerField(null=True)
    updated_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "editor"], name="draft_once_per_editor")]

    def __str__(self) -> str:
        return f"{self.report_id or 'new'} by {self.author_id}"

    @property
    def slug(self) -> str:
        """The id as shown: 13 base32 characters."""
        return ids.to_text(self.id)


class ReportImage(models.Model):
    """A picture that was put into reports of a project, named there by its SHA-256: `![words](image:…)`.

    report: where it was put in first, None for one that was never saved. width, height: pixels.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    report = models.ForeignKey(Report, on_delete=models.SET_NULL, null=True, related_name="images")
    author = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=MAX_IMAGE_NAME)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="image_once_per_project")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.sha256[:12]}"

    @property
    def markdown(self) -> str:
        """What puts it into a text."""
        words = _NOT_WORDS.sub("", self.name.rpartition(".")[0] or self.name)
        return f"![{words}](image:{self.sha256})"
