"""How people look at runs: the table each of them left behind in a project, and views they gave names."""

from django.conf import settings
from django.db import models

from apps.core import ids
from apps.runs.models import Project


class SavedView(models.Model):
    """A named look at a project's run table. query: as in its URL. shared: with everyone who may read the project.

    is_default: what people see who have no table of their own yet; shared, and one a project.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    query = models.TextField()
    shared = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "owner", "name"], name="view_name_once_per_owner"),
            models.UniqueConstraint(fields=["project"], condition=models.Q(is_default=True), name="one_default_view"),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(shared=True), name="default_view_is_shared"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        """The id as URLs write it."""
        return ids.to_text(self.id)


class RememberedTable(models.Model):
    """How a user's run table of a project looked when they left it. query: as in its URL."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    query = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="table_once_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.project_id}"
