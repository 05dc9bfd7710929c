"""Projects, runs, their attempts, and the values index over them.

A run's metric history lives in the series plane, keyed by the run's id alone.
"""

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Team
from apps.core import ids
from apps.core.fields import CodePointTextField
from apps.runs.directions import Direction

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


ENDED = (State.FINISHED, State.FAILED, State.STOPPED)
_HIDDEN = models.Q(deleted_at__isnull=False) | models.Q(archived_at__isnull=False)


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
            models.Index(fields=["project"], condition=_HIDDEN, name="hidden_runs"),
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


class EventKind(models.TextChoices):
    """What may happen to a run beside its being made and its attempts, which are facts of their own."""

    STOP_ASKED = "stop_asked", "Asked to stop"
    CRASHED = "crashed", "Silent"
    RETURNED = "returned", "Came back"
    ENDED = "ended", "Ended"
    LATE = "late", "Late data"
    ARCHIVED = "archived", "Archived"
    RESTORED = "restored", "Brought back"
    RENAMED = "renamed", "Renamed"
    MOVED = "moved", "Moved"


class RunEvent(models.Model):
    """Something that happened to a run (events.py writes, timeline.py reads). facts: more of it, by kind.

    actor_name outlives its user.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    actor = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "run_event"
        indexes = [models.Index(fields=["run", "at", "id"], name="events_of_run")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class Namespace(models.TextChoices):
    """What kind of value a name of a project's values index means. A metric has three; its best is one of them."""

    RUN = "run", "Run"
    TAG = "tag", "Tag"
    CONFIG = "config", "Config"
    SUMMARY = "summary", "Summary"
    SYSTEM = "system", "System"
    METRIC_LAST = "metric.last", "Metric, last"
    METRIC_MIN = "metric.min", "Metric, lowest"
    METRIC_MAX = "metric.max", "Metric, highest"
    CLASS = "class", "Cell of a class table"
    COST = "cost", "Expected cost of a confusion matrix"


class ValueKey(models.Model):
    """A name that runs of a project have values for: its id stands for (project, namespace, name) in RunValue."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="value_keys")
    namespace = models.CharField(max_length=20, choices=Namespace.choices)
    name = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "run_value_key"
        constraints = [models.UniqueConstraint(fields=["project", "namespace", "name"], name="value_key_once")]

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


class RunValue(models.Model):
    """One value of a run, a number or a text, as filters and sorts read it (see values.py).

    The indexes hold the run's id too: a sorted page is read from one of them, and each row is in one of them only.
    """

    pk = models.CompositePrimaryKey("run_id", "key_id")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="indexed_values", db_index=False)
    key = models.ForeignKey(ValueKey, on_delete=models.CASCADE, related_name="values", db_index=False)
    number = models.FloatField(null=True)
    text = CodePointTextField(null=True)

    class Meta:
        db_table = "run_value"
        indexes = [
            models.Index(fields=["key", "number", "run"], condition=models.Q(number__isnull=False), name="run_numbers"),
            models.Index(fields=["key", "text", "run"], condition=models.Q(text__isnull=False), name="run_texts"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.number if self.text is None else self.text}"


class MetricDirection(models.Model):
    """Which end of a metric is the good one, said by a person; without a row it is guessed (directions.py)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="metric_directions")
    name = models.CharField(max_length=250)
    direction = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Direction])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="direction_once_per_metric")]

    def __str__(self) -> str:
        return f"{self.name}: {self.direction}"
