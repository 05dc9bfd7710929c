"""What a project does not want to see among differences."""

from django.conf import settings
from django.db import models

from apps.comparison.ignoring import MAX_PATTERN
from apps.runs.models import Project


class IgnoredKey(models.Model):
    """A key, or a pattern with *, that is left out of what differs between runs: config.seed, packages.nvidia-*."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="ignored_keys")
    pattern = models.CharField(max_length=MAX_PATTERN)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "pattern"], name="ignored_once")]

    def __str__(self) -> str:
        return self.pattern
