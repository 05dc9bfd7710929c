"""Custom panels: documents of Vega that people write over a project's runs, with all their versions."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core import ids
from apps.custom_panels.limits import MAX_NAME, MAX_NOTE
from apps.runs.models import Project


class Panel(models.Model):
    """A panel of a project. Its id is random, 63 bits, never used again; its document is that of its newest version.

    shared: with everyone who may read the project, else its owner's alone. Nothing of a panel is ever deleted but with
    its project: an archived one is not listed, and what cites a version finds it for ever.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="custom_panels")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=MAX_NAME)
    shared = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    forked_from = models.ForeignKey("PanelVersion", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-changed_at", "-id"], name="panels_of_project")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("edit_panel", args=[self.project.team.slug, self.project.slug, self.id])

    @property
    def slug(self) -> str:
        """The id as shown: 13 base32 characters."""
        return ids.to_text(self.id)

    @property
    def open_to_all(self) -> bool:
        """Whether everyone who may read its project may see it."""
        return self.shared or self.owner_id is None


class PanelVersion(models.Model):
    """A document as it was typed. Never changed, n counts from 1."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="versions", db_index=False)
    n = models.PositiveIntegerField()
    document = models.TextField()
    note = models.CharField(max_length=MAX_NOTE, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panel", "n"], name="version_once_per_panel")]

    def __str__(self) -> str:
        return f"{self.panel_id} version {self.n}"


class PanelPlaces(models.Model):
    """The panels that stand on a page of a project, in order: a list of {"panel": its id as text, "parameters": {}}."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="panel_places", db_index=False)
    page = models.CharField(max_length=20)  # of placing.PAGES
    panels = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "page"], name="places_once_per_page")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.page}"
