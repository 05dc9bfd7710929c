"""Reads of console lines. Numbers stay and lines only join at the end, so reads of several chunks need no snapshot."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import NamedTuple

import numpy as np

from apps.console import store
from apps.console.ansi import plain
from apps.console.chunks import Chunk
from apps.console.errors import TooManySearches
from apps.console.search import Pattern
from apps.console.store import Held
from apps.console.writers import decode_unfinished
from apps.core.transactions import series_snapshot

HEADS_AT_ONCE = 512
BYTES_AT_ONCE = 4 * 2**20  # of text, decoded at a time
ANSWER_BYTES = 8 * 2**20  # of text in one answer
LINES_BACK = 20_000  # looked through at a time for the newest of one stream
MOST_UNFINISHED = 200  # in one answer
SEARCH_SECONDS = 2.0  # of one request; the answer says where to go on
SEARCHES_AT_ONCE = 2
SEARCHES_WAITING = 4  # more are refused at once: each keeps a thread of the web server, which has 16
SEARCH_WAIT_SECONDS = 10.0
_searching = BoundedSemaphore(SEARCHES_AT_ONCE)
_asked = BoundedSemaphore(SEARCHES_AT_ONCE + SEARCHES_WAITING)


class Shown(NamedTuple):
    """A line as it is answered. n: its number; None of a line that is not finished. more: characters left out."""

    n: int | None
    time: int
    stream: int
    attempt: int
    text: str
    more: int = 0


class Page(NamedTuple):
    """Some lines in order. total: lines of the run. next: the line to read from after these; more: whether it exists.

    unfinished: lines that are still written, not numbered, as a terminal shows them below the last one.
    """

    lines: list[Shown]
    total: int
    next: int
    more: bool
    unfinished: list[Shown]


class Found(NamedTuple):
    """The lines a search found, ascending. total: lines of the run. next: the line to go on from; more: whether to."""

    lines: list[Shown]
    total: int
    next: int
    more: bool


def totals(run_ids: Sequence[int]) -> dict[int, Held]:
    """Lines and bytes of some runs: one query. Runs without lines are left out."""
    return store.totals(run_ids) if run_ids else {}


def page(run_id: int, *, start: int | None, limit: int, stream: int | None = None, width: int | None = None) -> Page:
    """At most `limit` lines from line `start` on; of the newest, when start is None.

    stream: only lines of it. width: longer texts are cut to so many characters. The answer ends early after
    ANSWER_BYTES, and where one stream is wanted after SEARCH_SECONDS. Costs a query for the totals and one or two for
    the chunks that hold the lines.
    """
    with series_snapshot():
        total = store.held(run_id).lines
        unfinished = _unfinished(run_id, width)
    if stream is not None:
        unfinished = [line for line in unfinished if line.stream == stream]
    if start is not None:
        lines, following = _forward(run_id, start, total, limit, stream, width)
    elif stream is None:
        lines, following = _forward(run_id, max(1, total - limit + 1), total, limit, None, width)
    else:
        lines, following = _newest(run_id, total, limit, stream, width), total + 1
    return Page(lines, total, following, following <= total, unfinished)


def _forward(
    run_id: int, start: int, total: int, limit: int, stream: int | None, width: int | None
) -> tuple[list[Shown], int]:
    """Lines from `start` on, and the line to read from after them."""
    lines: list[Shown] = []
    room = ANSWER_BYTES
    until = time.monotonic() + SEARCH_SECONDS
    for chunk in chunks_of(run_id, start, total):
        for place in _places(chunk, stream, start):
            if len(lines) == limit or room <= 0:
                return lines, chunk.first + place
            lines.append(_shown(chunk, place, width))
            room -= len(lines[-1].text)
        if stream is not None and time.monotonic() > until:
            return lines, chunk.last + 1
    return lines, max(start, total + 1)


def _places(chunk: Chunk, stream: int | None, start: int) -> Iterable[int]:
    """The places in a chunk of the lines from number `start` on, of one stream or of all."""
    first = max(0, start - chunk.first)
    if stream is None:
        return range(first, chunk.count)
    return (first + np.flatnonzero(chunk.streams[first:] == stream)).tolist()


def _newest(run_id: int, total: int, limit: int, stream: int, width: int | None) -> list[Shown]:
    """The newest lines of one stream: found by walking back, for SEARCH_SECONDS at most."""
    lines: list[Shown] = []
    room = ANSWER_BYTES
    until = time.monotonic() + SEARCH_SECONDS
    end = total
    while end > 0 and (end == total or time.monotonic() < until):
        begin = max(1, end - LINES_BACK + 1)
        for chunk in reversed([*chunks_of(run_id, begin, end)]):
            for place in reversed([*_places(chunk, stream, begin)]):
                if chunk.first + place > end:
                    continue
                lines.append(_shown(chunk, place, width))
                room -= len(lines[-1].text)
                if len(lines) == limit or room <= 0:
                    return lines[::-1]
        end = begin - 1
    return lines[::-1]


def search(
    run_id: int,
    pattern: Pattern,
    *,
    start: int = 1,
    limit: int,
    stream: int | None = None,
    width: int | None = None,
) -> Found:
    """The lines that match, from line `start` on, at most `limit`. Ends early after SEARCH_SECONDS and ANSWER_BYTES.

    Decompresses and looks through all chunks from there on. Raises TooManySearches when many wait, or others take too
    long.
    """
    with _turn(_asked, 0), _turn(_searching, SEARCH_WAIT_SECONDS):
        return _search(run_id, pattern, start, limit, stream, width)


@contextmanager
def _turn(turns: BoundedSemaphore, seconds: float) -> Iterator[None]:
    if not turns.acquire(timeout=seconds):
        raise TooManySearches
    try:
        yield
    finally:
        turns.release()


def _search(run_id: int, pattern: Pattern, start: int, limit: int, stream: int | None, width: int | None) -> Found:
    total = store.held(run_id).lines
    until = time.monotonic() + SEARCH_SECONDS
    room = ANSWER_BYTES
    lines: list[Shown] = []
    for chunk in chunks_of(run_id, start, total):
        for place, matches in pattern.looked(chunk, max(0, start - chunk.first), until):
            n = chunk.first + place
            if not matches:
                return Found(lines, total, n, n <= total)
            if stream is not None and chunk.streams[place] != stream:
                continue
            if len(lines) == limit or room <= 0:
                return Found(lines, total, n, True)
            lines.append(_shown(chunk, place, width))
            room -= len(lines[-1].text)
    return Found(lines, total, max(start, total + 1), False)


def text_of(run_id: int, *, codes: bool = True) -> Iterator[bytes]:
    """All lines as text, piece by piece, a newline after each; without codes for colours on demand.

    Ends with the lines there were at the beginning, and with what was not finished then.
    """
    with series_snapshot():
        total = store.held(run_id).lines
        unfinished = _unfinished(run_id, None)
    for chunk in chunks_of(run_id, 1, total):
        text = chunk.text
        if chunk.last > total:
            text = text[: int(chunk.ends[total - chunk.first])]
        yield (text if codes else plain(text)) + b"\n"
    for line in unfinished:
        text = line.text.encode()
        yield (text if codes else plain(text)) + b"\n"


def chunks_of(run_id: int, first: int, last: int) -> Iterator[Chunk]:
    """The chunks that hold lines first..last, in order. About BYTES_AT_ONCE of text are in memory at a time.

    Chunks may be joined while they are read: each piece is read in one snapshot, and the next goes on at a line.
    """
    while first <= last:
        with series_snapshot():
            heads = store.heads(run_id, first, last, HEADS_AT_ONCE)
            size = count = 0
            for head in heads:
                if count and size + head.size > BYTES_AT_ONCE:
                    break
                size += head.size
                count += 1
            if not count or heads[count - 1].first + heads[count - 1].lines <= first:
                return
            rows = store.blobs(run_id, heads[0].first, heads[count - 1].first)
        for begin, lines, facts, text in rows:
            yield Chunk(begin, lines, bytes(facts), bytes(text))
        first = heads[count - 1].first + heads[count - 1].lines


def _unfinished(run_id: int, width: int | None) -> list[Shown]:
    """The lines that writers have not finished: one query."""
    found = []
    for attempt, _, blob in store.unfinished(run_id):
        for stream, (_, line) in sorted(decode_unfinished(bytes(blob)).items()):
            if line is not None:
                text = line.text.decode()
                found.append(Shown(None, line.time, stream, attempt, *_narrow(text, width)))
    return found[-MOST_UNFINISHED:]


def _shown(chunk: Chunk, place: int, width: int | None) -> Shown:
    text = chunk.line_text(place).decode()
    time, stream, attempt = int(chunk.times[place]), int(chunk.streams[place]), int(chunk.attempts[place])
    return Shown(chunk.first + place, time, stream, attempt, *_narrow(text, width))


def _narrow(text: str, width: int | None) -> tuple[str, int]:
    """A text cut to `width` characters, and how many were left out."""
    return (text, 0) if width is None or len(text) <= width else (text[:width], len(text) - width)
