"""The file a backup is: a tar whose last member, manifest.json, lists every other with its size and SHA-256.

So a file that was cut short has no manifest, and any changed byte is found, before a restore changes anything.
No Django.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

MANIFEST = "manifest.json"
FORMAT = 1
_PIECE = 1 << 20


class Damaged(Exception):
    """The file is not a whole backup."""


class Writer:
    """Writes a backup beside its final name, which it gets when it is whole and on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._file = os.fdopen(os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, stream: IO[bytes], size: int) -> None:
        """Add size bytes of stream. Raises OSError when it has fewer."""
        hashed = _Hashing(stream)
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, hashed)  # type: ignore[arg-type]
        self.members[name] = {"bytes": size, "sha256": hashed.digest.hexdigest()}

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.add(name, file, path.stat().st_size)

    def finish(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest and give the file its name; gives the manifest."""
        manifest = {"format": FORMAT, **facts, "members": self.members}
        text = json.dumps(manifest, indent=1).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(text), 0o600
        self._tar.addfile(member, io.BytesIO(text))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.replace(self.path)
        return manifest

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


class _Hashing:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self.digest.update(piece)
        return piece


def checked(path: Path, progress: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Read the whole file and compare it with its manifest, which is returned. Raises Damaged."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                if manifest is not None or not member.isfile():
                    raise Damaged(f"{path} holds more than a backup does ({member.name}).")
                stream = tar.extractfile(member)
                assert stream is not None
                if member.name == MANIFEST:
                    manifest = json.loads(stream.read())
                    continue
                digest = hashlib.sha256()
                while piece := stream.read(_PIECE):
                    digest.update(piece)
                    progress(len(piece))
                found[member.name] = {"bytes": member.size, "sha256": digest.hexdigest()}
    except (tarfile.TarError, ValueError, OSError, EOFError) as error:
        raise Damaged(f"{path} cannot be read as a backup: {error}") from error
    if not isinstance(manifest, dict):
        raise Damaged(f"{path} was cut short: its manifest, which comes last, is missing.")
    if manifest.get("format") != FORMAT:
        raise Damaged(f"{path} has format {manifest.get('format')!r}; this release reads {FORMAT}.")
    if manifest["members"] != found:
        names = sorted(set(manifest["members"]) | set(found))
        bad = next(name for name in names if manifest["members"].get(name) != found.get(name))
        raise Damaged(f"{path} is damaged: {bad} is not what was written.")
    return manifest


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The members of a checked file in order, but for the manifest."""
    with tarfile.open(path, "r:") as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if member.name != MANIFEST and stream is not None:
                yield member.name, stream
