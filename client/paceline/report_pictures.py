"""The pictures of a report that lives in git: files beside it, which the report shows from the server."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from paceline.connection import Failure
from paceline.reports import Source, prose, root_of
from paceline.server import Server

MAX_BYTES = 5 * 2**20  # as the server takes them
_IMAGE = re.compile(r"(!\[[^\]]*\]\(\s*<?)([^)\s>]+)")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|/|#", re.IGNORECASE)


class Picture(NamedTuple):
    """A picture of the text at a line, from 1. content: None with a problem, which says why the text keeps a link."""

    line: int
    address: str
    content: bytes | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        return unquote(self.address).rpartition("/")[2]


def with_pictures(source: Source) -> tuple[Source, list[Picture]]:
    """The source with the addresses of its files as the server knows them, and those files."""
    lines = source.markdown.splitlines(keepends=True)
    found = []
    for number, text in prose(source.markdown):
        shown = text
        for match in reversed(list(_IMAGE.finditer(text))):
            if _ADDRESS.match(match[2]):
                continue
            picture = _read(source, number, match[2])
            found.append(picture)
            if picture.content is not None:
                named = f"image:{hashlib.sha256(picture.content).hexdigest()}"
                shown = shown[: match.start(2)] + named + shown[match.end(2) :]
        lines[number - 1] = lines[number - 1].replace(text, shown, 1)
    return source._replace(markdown="".join(lines)), sorted(found, key=lambda one: one.line)


def send(server: Server, report: str, picture: Picture) -> Picture:
    """Store a picture for a report; gives it with the problem when the server does not take it. Raises Away."""
    if picture.content is None:
        return picture
    try:
        server.post_file(f"reports/{report}/images/", picture.content, quoted=f"?name={quote(picture.name, safe='')}")
    except Failure as failure:
        return picture._replace(content=None, problem=failure.message)
    return picture


def _read(source: Source, line: int, address: str) -> Picture:
    """A file of the repository; nothing outside of it is sent."""
    file = Path(source.path).expanduser().resolve()
    path = (file.parent / unquote(address.partition("?")[0])).resolve()
    if not path.is_relative_to(root_of(file)):
        return Picture(line, address, problem="it lies outside of the repository")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return Picture(line, address, problem=f"it has {size:,} bytes; at most {MAX_BYTES:,} are taken")
        return Picture(line, address, path.read_bytes())
    except OSError as error:
        return Picture(line, address, problem=error.strerror or str(error))
