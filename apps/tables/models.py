"""The tables of runs. Series plane: keyed by run id, no foreign keys.

A key ("val") has a table a step. A step may have one of each attempt: see queries.py for which of them count.
"""

from django.db import models

from apps.core.fields import CodePointTextField
from apps.core.planes import SeriesModel


class Kind(models.TextChoices):
    """What the rows of a table are."""

    CLASS = "class", "Class table"


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
