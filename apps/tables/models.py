"""The tables of runs, and what mistakes cost in a project.

TableKey and LoggedTable live in the series plane: keyed by run id, no foreign keys. A key ("val") has a table a step.
A step may have one of each attempt: see queries.py for which of them count.
"""

from django.conf import settings
from django.db import models

from apps.core.fields import CodePointTextField
from apps.core.planes import SeriesModel
from apps.runs.models import Project


class Kind(models.TextChoices):
    """What a table is; forms.py says what the store has to know of each."""

    CLASS = "class", "Class table"
    CONFUSION = "confusion", "Confusion matrix"
    CURVES = "curves", "Curves"
    HISTOGRAM = "histogram", "Histogram"


class TableKey(SeriesModel):
    """A key of a run that has tables; who stores one holds this row.

    tables: how many there are; attempt, step: of the newest, the highest step of the newest attempt.
    """

    pk = models.CompositePrimaryKey("run_id", "kind", "key")
    run_id = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = CodePointTextField()
    tables = models.IntegerField()
    attempt = models.IntegerField()
    step = models.BigIntegerField()

    class Meta:
        db_table = "table_key"


class LoggedTable(SeriesModel):
    """A table at a step. rows: how many; size: bytes of the payload; logged_at: ms since epoch; payload: codec.py.

    The payload comes last, because SQLite walks a row from its beginning.
    """

    pk = models.CompositePrimaryKey("run_id", "kind", "key", "attempt", "step")
    run_id = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = CodePointTextField()
    attempt = models.IntegerField()
    step = models.BigIntegerField()
    rows = models.IntegerField()
    size = models.IntegerField()
    logged_at = models.BigIntegerField()
    payload = models.BinaryField()

    class Meta:
        db_table = "logged_table"


class CostMatrix(models.Model):
    """A version of what mistakes cost in a project; the newest counts, and without any each mistake costs 1.

    costs: as costs.Costs writes itself.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cost_matrices")
    version = models.PositiveIntegerField()
    costs = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "cost_matrix"
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="cost_version_once")]

    def __str__(self) -> str:
        return f"{self.project_id} costs {self.version}"


class CostIndexing(models.Model):
    """That the costs of a project's runs are being indexed anew, by a version of its costs; gone when that is done.

    after: the id of the last run that was; done: how many of total that are.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveIntegerField()
    after = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    touched_at = models.DateTimeField()

    class Meta:
        db_table = "cost_indexing"

    def __str__(self) -> str:
        return f"{self.project_id} costs {self.version}: {self.done} of {self.total}"
