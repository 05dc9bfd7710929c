"""What hosting remembers: signs of life, and the rules by which runs are forgotten."""

from django.db import models


class Sign(models.Model):
    """When something was last seen alive: "worker NAME", or "queue", which a task sent through it writes."""

    name = models.CharField(max_length=250, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "hosting_sign"

    def __str__(self) -> str:
        return self.name


def kept_tags() -> list[str]:
    return ["keep", "baseline"]


class RetentionRule(models.Model):
    """Which runs of a project go. Without one, or with both numbers empty, none ever does.

    A run goes when it ended more than keep_days ago and is not among the newest keep_last; one that runs, carries one
    of keep_tags or is cited stays. It is archived first, and deleted grace_days later.
    """

    project = models.OneToOneField("runs.Project", on_delete=models.CASCADE, primary_key=True, related_name="retention")
    keep_days = models.PositiveIntegerField(null=True)
    keep_last = models.PositiveIntegerField(null=True)
    keep_tags = models.JSONField(default=kept_tags)
    grace_days = models.PositiveIntegerField(default=7)

    class Meta:
        db_table = "hosting_retention_rule"

    def __str__(self) -> str:
        return f"{self.project}: {self.keep_days} days, {self.keep_last} runs"


class TeamQuota(models.Model):
    """What a team may store, and what it stored when it was last counted. None: as much as it likes."""

    team = models.OneToOneField("accounts.Team", on_delete=models.CASCADE, primary_key=True, related_name="quota")
    max_points = models.BigIntegerField(null=True)
    max_file_bytes = models.BigIntegerField(null=True)
    points = models.BigIntegerField(default=0)
    file_bytes = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hosting_team_quota"

    def __str__(self) -> str:
        return f"{self.team}: {self.points} points, {self.file_bytes} bytes"
