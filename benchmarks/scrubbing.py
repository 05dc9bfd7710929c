"""What it costs to hide secrets: ordinary lines of a console, lines full of ids, and the worst that a line can hold.

    python -m benchmarks scrubbing

scrubbed_in_pieces() of lines joined by newlines, as client and server call it, without the rests between pieces: the
processor's time of one thread, the best of several, so that neighbours do not count. The baseline is json.dumps() of
the same lines, which the client does too. Hostile is 1 MB of the beginnings of each rule, again and again, in one line.
"""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial

from paceline.secrets import PIECE, scrubbed

from benchmarks.console import training_log
from benchmarks.house import House
from benchmarks.tables import Figure, Table
from tests.client.secret_corpus import HOSTILE, logs

DUMPS = "json.dumps of the same lines"
LINE_MICROSECONDS, HOSTILE_SECONDS = 2.0, 1.0
CHARACTERS = 100  # of a line


def measure(house: House) -> list[Table]:
    count = house.sizes.of(20_000, 2_000)
    kinds = {"a line of a training's console": training_log(count), "a line with ids or digests": logs()[:count]}
    figures = [
        Figure(f"{what}, per {CHARACTERS} characters", scrubbing, "µs", target, DUMPS, dumping)
        for (what, texts), target in zip(kinds.items(), (("<=", LINE_MICROSECONDS), None), strict=True)
        for scrubbing, dumping in [_microseconds(texts)]
    ]
    size = house.sizes.of(10**6, 10**4)
    worst, line = max((_seconds(partial(scrubbed, text), 2), text) for text in _hostile(size))
    dumping = _seconds(lambda: json.dumps(line), 5)
    figures.append(Figure("1 MB of the worst hostile line", worst, "s", ("<=", HOSTILE_SECONDS), DUMPS, dumping))
    notes = [f"The worst of {len(HOSTILE)} hostile lines repeats `{line[:24]}`."]
    return [Table("Hiding secrets", "python -m benchmarks scrubbing", figures, notes)]


def _microseconds(texts: Sequence[str]) -> tuple[float, float]:
    """Of scrubbing and of json.dumps, per CHARACTERS."""
    text = "\n".join(texts)
    pieces = [text[begin : begin + PIECE] for begin in range(0, len(text), PIECE)]
    scrubbing = _seconds(lambda: [scrubbed(piece) for piece in pieces], 5)
    dumping = _seconds(lambda: json.dumps(texts), 5)
    return scrubbing / len(text) * CHARACTERS * 1e6, dumping / len(text) * CHARACTERS * 1e6


def _hostile(size: int) -> list[str]:
    return [piece * (size // len(piece)) for piece in HOSTILE]


def _seconds(act: Callable[[], object], times: int) -> float:
    """The least time of the processor."""
    least = float("inf")
    for _ in range(times):
        began = time.thread_time()
        act()
        least = min(least, time.thread_time() - began)
    return least
