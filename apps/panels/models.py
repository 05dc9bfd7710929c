"""How the charts of a project are laid out, and which metrics share one."""

from django.conf import settings
from django.db import models

from apps.panels.questions import MAX_KEY_LENGTH
from apps.runs.models import Project


class PanelLayout(models.Model):
    """Which panels are hidden, where they stand and how large they are: a user's, or without one the team's.

    layout: as layouts.Layout writes itself.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="panel_layouts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    layout = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="layout_once_per_user"),
            models.UniqueConstraint(
                fields=["project"], condition=models.Q(user__isnull=True), name="one_layout_of_the_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.user_id or 'team'}"


class KeyAlias(models.Model):
    """A metric that is drawn in the chart of another one, in all charts of the project. main is no alias itself."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="key_aliases")
    key = models.CharField(max_length=MAX_KEY_LENGTH)
    main = models.CharField(max_length=MAX_KEY_LENGTH)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="alias_once")]

    def __str__(self) -> str:
        return f"{self.key} in {self.main}"
