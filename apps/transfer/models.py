"""What came from elsewhere."""

from django.db import models

from apps.runs.models import Project


class ImportedRun(models.Model):
    """Which run of a project came from which run elsewhere: an import that is repeated brings nothing twice.

    The row comes before the run's first point, so that an import that was killed goes on under the same run id. Until
    finished_at is set there is no run, only its points.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imported_runs")
    source_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "source_id"], name="run_imported_once")]

    def __str__(self) -> str:
        return f"{self.run_id} from {self.source_id}"
