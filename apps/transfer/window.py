"""A stored member of a zip archive as a file of its own, without unpacking anything. No Django."""

import io
import struct
import zipfile
from typing import IO

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, and the lengths of what follows: name, extra


class Window(io.RawIOBase):
    """The bytes begin..begin+size of a file, to read and seek in. The file is not closed with it."""

    def __init__(self, file: IO[bytes], begin: int, size: int) -> None:
        self._file = file
        self._begin = begin
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        self._file.seek(self._begin + self._at)
        data = self._file.read(wanted)
        self._at += len(data)
        return data

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def stored_member(file: IO[bytes], member: zipfile.ZipInfo) -> Window:
    """The window on a member that is stored, not deflated. Raises ValueError when it is not where the archive says."""
    file.seek(member.header_offset)
    head = file.read(_LOCAL_HEADER.size)
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise ValueError(f"{member.filename} is not stored as it is.")
    if len(head) < _LOCAL_HEADER.size or head[:4] != b"PK\x03\x04":
        raise ValueError(f"{member.filename} is not where the archive says.")
    _, name, extra = _LOCAL_HEADER.unpack(head)
    return Window(file, member.header_offset + _LOCAL_HEADER.size + name + extra, member.file_size)
