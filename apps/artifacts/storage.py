"""Where the bytes of files lie: a folder or a bucket, by Django's STORAGES["files"]. Nothing else touches it."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, cast

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from apps.artifacts.errors import FileGone, StorageUnavailable

PIECE_BYTES = 1 << 18
# What can heal: no room, no right to write for now, a disk or a network share that is away.
_PASSING = {
    errno.ENOSPC: "no space left",
    errno.EDQUOT: "its quota is used up",
    errno.EROFS: "it is read-only",
    errno.EIO: "the disk reports errors",
    errno.EACCES: "it cannot be written",
    errno.ENFILE: "too many files are open",
    errno.EMFILE: "too many files are open",
}

# What a file system without hard links says of one, and two file systems of one between them.
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


class RangedStorage(Protocol):
    """A Django storage that can also read a part of a file without the rest."""

    def save(self, name: str, content: Any) -> str: ...
    def open(self, name: str) -> File: ...
    def delete(self, name: str) -> None: ...
    def exists(self, name: str) -> bool: ...
    def part(self, name: str, start: int, length: int) -> IO[bytes]: ...


class Incoming(File):
    """A finished temporary file on its way into the storage."""

    def temporary_file_path(self) -> str:
        assert self.name is not None
        return self.name


class FolderStorage(FileSystemStorage):
    """A folder. A file is on the disk, with its name, when save() returns."""

    def _save(self, name: str, content: Any) -> str:
        source, target = content.temporary_file_path(), Path(self.path(name))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(source, target)  # a second name of the same bytes, which are on the disk
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _copy(source, target)
        _sync_folder(target.parent)
        return name

    def part(self, name: str, start: int, length: int) -> IO[bytes]:  # noqa: ARG002
        file = open(self.path(name), "rb")  # noqa: SIM115, PTH123
        file.seek(start)
        return file


def _copy(source: str, target: Path) -> None:
    with open(source, "rb") as old, target.open("xb", buffering=0) as new:  # noqa: PTH123
        shutil.copyfileobj(old, new, PIECE_BYTES)
        os.fsync(new.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files() -> RangedStorage:
    """The storage of all files' bytes."""
    storage: Storage = storages["files"]
    return cast(RangedStorage, storage)


def new_name(sha256: str) -> str:
    """A blob's name in the storage: its address, and a tail, so that a name is never used again."""
    return f"sha256/{sha256[:2]}/{sha256}.{secrets.token_hex(4)}"


def save(name: str, path: str) -> None:
    """Bring a temporary file into the storage; what was begun and failed is removed. Raises StorageUnavailable."""
    storage = files()
    try:
        with open_or_refuse(path) as file, storage_trouble():
            saved = storage.save(name, Incoming(file, name=path))
            if saved != name:  # the name is random: this would be a storage that renames
                raise RuntimeError(f"The file storage saved {name} as {saved}.")
    except BaseException:
        remove_quietly(name)
        raise


@contextmanager
def open_or_refuse(path: str) -> Iterator[IO[bytes]]:
    with storage_trouble(), open(path, "rb") as file:  # noqa: PTH123
        yield file


def opened(name: str, path: str) -> File:
    """The bytes of a blob as a file; path: what a refusal calls it. Raises FileGone."""
    with reading_trouble(path):
        return files().open(name)


class Pieces:
    """Some bytes of a blob, piece by piece. close() may come before the end, and without a single piece being read."""

    def __init__(self, file: IO[bytes] | None, length: int) -> None:
        self._file = file
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._file.read(min(PIECE_BYTES, self._left)) if self._file is not None and self._left > 0 else b""
        if not piece:
            self.close()
            raise StopIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def pieces(name: str, path: str, start: int, length: int) -> Pieces:
    """length bytes of a blob from start; opened at once, so that a refusal comes before the answer. Raises FileGone."""
    if length <= 0:
        return Pieces(None, 0)
    with reading_trouble(path):
        return Pieces(files().part(name, start, length), length)


def remove(name: str) -> None:
    """Remove a blob's bytes; those that are gone already are no error. Raises StorageUnavailable."""
    with storage_trouble():
        files().delete(name)


def remove_quietly(name: str) -> None:
    """Remove what a failed save may have left. What cannot be removed now is removed by the sweep."""
    try:
        remove(name)
    except Exception:  # noqa: S110 - the failure that led here is the one to report
        pass


@contextmanager
def storage_trouble() -> Iterator[None]:
    """Turn what a storage that cannot take a file raises into StorageUnavailable."""
    try:
        yield
    except OSError as error:
        why = _PASSING.get(error.errno or 0)
        if why is None:
            raise
        raise StorageUnavailable(why) from error
    except Exception as error:
        if not _from_bucket(error):
            raise
        raise StorageUnavailable("the bucket does not answer as it should") from error


@contextmanager
def reading_trouble(path: str) -> Iterator[None]:
    """Turn what a storage without the bytes, or one that is away, raises into FileGone."""
    try:
        yield
    except OSError as error:
        raise FileGone(path) from error
    except Exception as error:
        if not _from_bucket(error):
            raise
        raise FileGone(path) from error


def _from_bucket(error: Exception) -> bool:
    """Whether the S3 library raised it: its classes are not imported where files lie in a folder."""
    return type(error).__module__.partition(".")[0] in ("botocore", "boto3", "s3transfer")
