"""Projects, runs and their attempts. A run's metric history lives in the series plane, keyed by the run's id alone."""

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Team
from apps.core import ids

CRASHED_AFTER = timedelta(minutes=5)  # without a heartbeat or a point


class Visibility(models.TextChoices):
    """Who may read a project: its team's members, every signed-in user, everyone."""

    PRIVATE = "private", "Private"
    TEAM = "team", "Everyone signed in"
    PUBLIC = "public", "Public"


class Project(models.Model):
    """A body of work of one team; created by its first run."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="projects")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "slug"], name="project_slug_once_per_team")]

    def __str__(self) -> str:
        return f"{self.team.slug}/{self.slug}"

    def get_absolute_url(self) -> str:
        return reverse("project", args=[self.team.slug, self.slug])


class State(models.TextChoices):
    """What a run says of itself, or (crashed) what its missing heartbeat says. A fact, not a lock."""

    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"
    CRASHED = "crashed", "Crashed"
    STOPPED = "stopped", "Stopped"


class Run(models.Model):
    """One training, evaluation or other execution. Its id is random, 63 bits, never used again."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    client_id = models.CharField(max_length=250, blank=True)
    name = models.CharField(max_length=250)
    group = models.CharField(max_length=250, blank=True)
    job_type = models.CharField(max_length=250, blank=True)
    tags = models.JSONField(default=list, blank=True)
    notes = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    exit_message = models.TextField(blank=True)
    config = models.JSONField(default=dict, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    provenance = models.JSONField(default=dict, blank=True)
    attempt = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField()
    late_data_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    lost_points = models.BigIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "client_id"],
                condition=models.Q(deleted_at=None) & ~models.Q(client_id=""),
                name="client_id_once_per_project",
            )
        ]
        indexes = [
            models.Index(fields=["project", "-created_at", "-id"], name="runs_of_project"),
            models.Index(fields=["state", "heartbeat_at"], name="runs_by_heartbeat"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.id])

    @property
    def slug(self) -> str:
        """The id as shown: 13 base32 characters."""
        return ids.to_text(self.id)

    @property
    def stop_asked(self) -> bool:
        """Whether somebody asked the run to end, and it has not yet."""
        return self.stop_requested_at is not None and self.state in (State.RUNNING, State.CRASHED)

    @property
    def state_now(self) -> str:
        """The state as it is now: a running run that has been silent for too long crashed, swept or not."""
        silent = timezone.now() - self.heartbeat_at
        if self.state == State.RUNNING and silent > CRASHED_AFTER:
            return State.CRASHED
        return self.state


class Attempt(models.Model):
    """One start of a run: 1 is the first, each resume opens the next. Series points carry its number."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="attempt_number_once_per_run")]

    def __str__(self) -> str:
        return f"{self.run} attempt {self.number}"
