"""A zip archive written to a stream, member after member. No Django.

Members carry no moment and no machine, so equal contents make equal archives. The manifest comes last, with the size
and SHA-256 of every other member: an archive that was cut off has none.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any, Protocol

import orjson

from apps.core.sink import Sink
from apps.transfer.formats import MANIFEST

_BLOCK = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment a zip file can name


class Readable(Protocol):
    """What a member is copied from."""

    def read(self, size: int, /) -> bytes: ...


class ArchiveWriter:
    """Each method gives the bytes to send on, piece by piece; take all of them before the next."""

    def __init__(self) -> None:
        self._sink = Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", allowZip64=True)
        self._files: dict[str, dict[str, Any]] = {}

    def member(self, name: str, file: Readable, *, size: int, packed: bool) -> Iterator[bytes]:
        """Add a file of so many bytes, from where it is. packed: whether deflating it is worth while."""
        digest, copied = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name, _LONG_AGO)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        info.file_size = size
        with self._zip.open(info, "w") as entry:
            while block := file.read(_BLOCK):
                digest.update(block)
                copied += len(block)
                entry.write(block)
                yield self._sink.taken()
        self._files[name] = {"bytes": copied, "sha256": digest.hexdigest()}
        yield self._sink.taken()

    def end(self, manifest: dict[str, Any]) -> Iterator[bytes]:
        """Add the manifest, with the list of all members, and end the archive."""
        body = orjson.dumps({**manifest, "files": self._files}, option=orjson.OPT_INDENT_2)
        yield from self.member(MANIFEST, io.BytesIO(body), size=len(body), packed=True)
        self._zip.close()
        yield self._sink.taken()
