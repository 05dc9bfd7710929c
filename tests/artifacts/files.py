"""Files sent to the API, and small ones of every kind."""

import hashlib
import io
import struct
import wave
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import storages
from django.test import Client

from apps.runs.models import Run


def file_path(run: Run, path: str = "") -> str:
    return f"/api/v1/runs/{run.slug}/files/{quote(path)}"


def put(client: Client, run: Run, path: str, body: bytes, **headers: str) -> Any:
    """The answer to a PUT; headers: Content_Type="text/plain" is Content-Type."""
    said: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "Content_Type"}
    kind = headers.get("Content_Type", "application/octet-stream")
    return client.generic("PUT", file_path(run, path), body, content_type=kind, **said)


def body_of(answer: Any) -> bytes:
    """The bytes of an answer, streamed or not."""
    return bytes(answer.body if answer.streaming else answer.content)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def stored_names() -> list[str]:
    """The names of everything that lies in the storage."""
    storage: Any = storages["files"]
    if hasattr(storage, "_client"):
        found = storage._client.list_objects_v2(Bucket=storage._bucket).get("Contents", [])
        return sorted(one["Key"].removeprefix(storage._prefix) for one in found)
    root = Path(storage.location)
    return sorted(
        str(one.relative_to(root)) for one in root.rglob("*") if one.is_file() and one.parent.name != "incoming"
    )


def arriving() -> list[Path]:
    """Temporary files of uploads."""
    folder = Path(settings.FILES_INCOMING)
    return list(folder.iterdir()) if folder.is_dir() else []


def png(width: int = 2, height: int = 2, colour: tuple[int, int, int] = (52, 80, 200)) -> bytes:
    """A PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes(colour) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def wav(seconds: float = 0.1) -> bytes:
    """A WAV of silence."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\0\0" * int(8_000 * seconds))
    return kept.getvalue()


SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='ran'"><script>alert("ran")</script></svg>"""
HTML = b"<!doctype html><title>page</title><script>document.title='ran'</script><p>hello"
