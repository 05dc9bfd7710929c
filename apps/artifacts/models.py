"""Run files, and the content-addressed blobs that hold their bytes. Metadata plane."""

from contextlib import closing

from django.core.files.base import File
from django.db import models

from apps.artifacts import kinds, storage
from apps.artifacts.paths import MAX_PATH_BYTES
from apps.core import ids
from apps.runs.models import Run


class Blob(models.Model):
    """Bytes in the file storage, named by their SHA-256 and never changed.

    Its references are the run files that name it. unnamed_since: since when a sweep has seen none. condemned_at: from
    then on nothing may name it again and its bytes may go; the same bytes come back as another blob. stored_at: None
    while the bytes are on their way.
    """

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    stored_at = models.DateTimeField(null=True)
    unnamed_since = models.DateTimeField(null=True, db_index=True)
    condemned_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.name


class RunFile(models.Model):
    """One file of a run. The same path sent again replaces its bytes; changed_at says when that last happened.

    kind and media_type are told by the bytes (kinds.py). deleted_at: hidden, and restorable until the sweep takes it.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=MAX_PATH_BYTES)
    folder = models.CharField(max_length=MAX_PATH_BYTES, blank=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=10)
    media_type = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "path"], condition=models.Q(deleted_at=None), name="path_once_per_run"
            )
        ]
        indexes = [
            models.Index(fields=["run", "folder", "path"], name="files_of_folder"),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="deleted_files"),
        ]

    def __str__(self) -> str:
        return f"{ids.to_text(self.run_id)}/{self.path}"

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.blob.size

    @property
    def sha256(self) -> str:
        return self.blob.sha256

    @property
    def inline(self) -> bool:
        """Whether a browser may show it instead of saving it."""
        return self.kind in kinds.INLINE

    def open(self) -> File:
        """Its bytes, to be closed by the caller. Raises FileGone."""
        return storage.opened(self.blob.name, self.path)

    def pieces(self, start: int, length: int) -> storage.Pieces:
        """So many of its bytes from start, piece by piece. Raises FileGone before the first."""
        return storage.pieces(self.blob.name, self.path, start, length)

    def head(self, length: int) -> bytes:
        """Its first bytes, at most so many."""
        with closing(self.pieces(0, min(length, self.size))) as pieces:
            return b"".join(pieces)
