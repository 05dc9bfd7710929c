"""The tables of console lines. All but PendingRun live in the series plane: keyed by run id, no foreign keys.

The lines of a run are numbered 1, 2, 3, … in the order they arrived, over all attempts and writers, and keep their
numbers. Chunks hold them without a gap: the first begins at line 1, each other where the one before it ends.
"""

from django.db import models

from apps.core.planes import SeriesModel


class ConsoleRun(SeriesModel):
    """What a run holds, and what guards it: who adds lines holds this row, who rewrites chunks moves its version.

    settled: so many lines, from the first on, lie in chunks that nobody writes anew. size: bytes of text.
    """

    run_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)

    class Meta:
        db_table = "console_run"


class ConsoleWriter(SeriesModel):
    """Which seqs of a writer are stored, so that a late retry stores nothing, and its lines that are not finished.

    ranges: see core/marks.py. recent, unfinished: see writers.py.
    """

    pk = models.CompositePrimaryKey("run_id", "attempt", "writer")
    run_id = models.BigIntegerField()
    attempt = models.IntegerField()
    writer = models.CharField(max_length=64)
    ranges = models.BinaryField()
    recent = models.BinaryField()
    unfinished = models.BinaryField()

    class Meta:
        db_table = "console_writer"


class ConsoleChunk(SeriesModel):
    """Some consecutive lines, from line number `first` on, compressed (see chunks.py). size: bytes of their text.

    A batch arrives as a chunk of its own; small neighbours are joined later. The blobs come last, because a read of a
    page in SQLite walks a row from its beginning: which chunks hold a line is told without them.
    """

    pk = models.CompositePrimaryKey("run_id", "first")
    run_id = models.BigIntegerField()
    first = models.BigIntegerField()
    lines = models.IntegerField()
    size = models.IntegerField()
    facts = models.BinaryField()
    text = models.BinaryField()

    class Meta:
        db_table = "console_chunk"


class PendingRun(models.Model):
    """A run that may have small chunks to join (metadata plane): the sweep's list of what the queue may have lost."""

    run_id = models.BigIntegerField(primary_key=True)
    marked_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "console_pending_run"

    def __str__(self) -> str:
        return str(self.run_id)
