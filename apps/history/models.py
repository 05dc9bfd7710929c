"""The tables of the series store. All but PendingRun live in the series plane: keyed by run id, no foreign keys.

Readers and writers of these tables are apps/history/store.py (blobs, hot paths) and the ORM (heads).
"""

from django.db import models

from apps.core.planes import SeriesModel


class HistoryBatch(SeriesModel):
    """One accepted request, waiting to be compacted into chunks. payload: see batches.py."""

    pk = models.CompositePrimaryKey("run_id", "attempt", "writer", "seq")
    run_id = models.BigIntegerField()
    attempt = models.IntegerField()
    writer = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    points = models.IntegerField()
    digest = models.BinaryField()
    payload = models.BinaryField()

    class Meta:
        db_table = "history_batch"


class HistoryMark(SeriesModel):
    """Which seqs of a writer are in chunks or rolled up, so that a late retry stores nothing. ranges: see marks.py."""

    pk = models.CompositePrimaryKey("run_id", "attempt", "writer")
    run_id = models.BigIntegerField()
    attempt = models.IntegerField()
    writer = models.CharField(max_length=64)
    ranges = models.BinaryField()

    class Meta:
        db_table = "history_mark"


class HistoryRun(SeriesModel):
    """The version that guards a run's chunks: every rewrite of stored points moves it by one, or rolls back."""

    run_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)

    class Meta:
        db_table = "history_run"


class Series(SeriesModel):
    """The head of one series: its name, and one bucket over all its compacted points (see buckets.py).

    levels: the shifts of the levels that exist, one bit each. The finite fields are None while finite is 0.
    """

    pk = models.CompositePrimaryKey("run_id", "key_id", "attempt")
    run_id = models.BigIntegerField()
    key_id = models.BigIntegerField()
    attempt = models.IntegerField()
    name = models.TextField()
    points = models.BigIntegerField(default=0)
    step_min = models.BigIntegerField(default=0)
    step_max = models.BigIntegerField(default=0)
    levels = models.BigIntegerField(default=0)
    bucket = models.BinaryField(default=bytes)

    class Meta:
        db_table = "series"


class SeriesChunk(SeriesModel):
    """Some consecutive points (level 0) or buckets of 2**level steps of one series, encoded (see chunks.py).

    part counts chunks that begin at the same step. The blobs come last and in this order, because a read of a page in
    SQLite walks a row from its beginning: shape is all a chart over steps needs.
    """

    pk = models.CompositePrimaryKey("run_id", "key_id", "attempt", "level", "step_min", "part")
    run_id = models.BigIntegerField()
    key_id = models.BigIntegerField()
    attempt = models.IntegerField()
    level = models.SmallIntegerField()
    step_min = models.BigIntegerField()
    part = models.IntegerField()
    step_max = models.BigIntegerField()
    size = models.IntegerField()
    finite = models.IntegerField()
    time_min = models.BigIntegerField()
    time_max = models.BigIntegerField()
    shape = models.BinaryField()
    times = models.BinaryField()
    sums = models.BinaryField()

    class Meta:
        db_table = "series_chunk"


class PendingRun(models.Model):
    """A run that may have batches waiting (metadata plane): the sweep's list of what the queue may have lost."""

    run_id = models.BigIntegerField(primary_key=True)
    marked_at = models.DateTimeField(db_index=True)
    leased_until = models.DateTimeField(null=True)  # saves double work; the lock is HistoryRun.version

    class Meta:
        db_table = "history_pending_run"

    def __str__(self) -> str:
        return str(self.run_id)
