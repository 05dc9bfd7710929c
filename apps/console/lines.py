"""From lines as they are sent to lines as they are stored. No Django.

A terminal shows what was printed last: of a text with carriage returns only its last state is kept. A line that is sent
as unfinished (a progress bar) gives its place to the next one of its stream.
"""

from collections.abc import Sequence
from typing import NamedTuple

from apps.core.secrets import scrubbed_in_pieces

STREAMS = ("stdout", "stderr")  # a line's stream is its place in here
MAX_LINE_BYTES = 2**20
MAX_UNFINISHED_BYTES = 4_096  # a progress bar; every read of a run brings them along
REPLACEMENT = "�"


class Sent(NamedTuple):
    """A line as it came. time: ms since epoch UTC. unfinished: the next line of its stream takes its place."""

    time: int
    stream: int
    text: str
    unfinished: bool = False


class Line(NamedTuple):
    """A line as it is stored: one line of text, UTF-8."""

    time: int
    stream: int
    text: bytes


class Arrived(NamedTuple):
    """What becomes of a batch. unfinished: by stream, its last line if that is not finished, else None."""

    lines: list[Line]
    unfinished: dict[int, Line | None]


def arrived(batch: Sequence[Sent]) -> Arrived:
    """The lines to store of a batch: cleaned, split at newlines, collapsed, scrubbed, cut."""
    shown: list[Sent] = []
    last: dict[int, int] = {}  # by stream: place of its last line
    for sent in batch:
        if sent.text.isprintable():  # most lines; what needs a change is none of it
            _show(shown, last, sent)
            continue
        *before, end = _clean(sent.text).split("\n")
        if before and not end:
            end = before.pop()
        for text in before:
            _show(shown, last, sent._replace(text=_last_state(text), unfinished=False))
        _show(shown, last, sent._replace(text=_last_state(end)))
    shown = _scrubbed([one for place, one in enumerate(shown) if not one.unfinished or last[one.stream] == place])
    lines: list[Line] = []
    unfinished: dict[int, Line | None] = {}
    for one in shown:
        line = Line(one.time, one.stream, _cut(one.text, MAX_UNFINISHED_BYTES if one.unfinished else MAX_LINE_BYTES))
        unfinished[one.stream] = line if one.unfinished else None
        if not one.unfinished:
            lines.append(line)
    return Arrived(lines, unfinished)


def _show(shown: list[Sent], last: dict[int, int], line: Sent) -> None:
    last[line.stream] = len(shown)
    shown.append(line)


def _clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced visibly."""
    text = text.replace("\x00", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _last_state(text: str) -> str:
    """What a terminal shows of a text after its carriage returns: its last part that is not empty.

    Old progress bars go back by backspaces before they write anew; those at an end of a part show nothing.
    """
    if "\r" not in text:
        return text
    parts = [part.rstrip("\b") for part in text.split("\r")]
    return next((part for part in reversed(parts) if part), "")


def _scrubbed(lines: list[Sent]) -> list[Sent]:
    """The lines with secrets hidden: together, since a private key fills many, with rests for other threads."""
    text = "\n".join(line.text for line in lines)
    clean = scrubbed_in_pieces(text)
    if clean == text:
        return lines
    texts = clean.split("\n")
    if len(texts) == len(lines):
        return [line._replace(text=one) for line, one in zip(lines, texts, strict=True)]
    begin = 0  # a secret of several lines became one line: the lines before and after it keep their times
    while begin < len(texts) and lines[begin].text == texts[begin]:
        begin += 1
    end = 0
    while end < len(texts) - begin and lines[-1 - end].text == texts[-1 - end]:
        end += 1
    changed = lines[begin : begin + len(texts) - begin - end]
    middle = [line._replace(text=one) for line, one in zip(changed, texts[begin : len(texts) - end], strict=True)]
    return [*lines[:begin], *middle, *(lines[-end:] if end else [])]


def _cut(text: str, most: int) -> bytes:
    """The text in UTF-8, cut and marked when it is too long."""
    whole = text.encode()
    if len(whole) <= most:
        return whole
    kept = whole[:most].decode(errors="ignore").encode()
    return kept + f" … [cut: the line had {len(whole):,} bytes, {len(kept):,} are kept]".encode()
