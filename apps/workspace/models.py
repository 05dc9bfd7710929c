"""How people look at runs: the table each of them left behind in a project."""

from django.conf import settings
from django.db import models

from apps.runs.models import Project


class RememberedTable(models.Model):
    """How a user's run table of a project looked when they left it. query: as in its URL."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    query = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="table_once_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.project_id}"
