"""From the JSON body of POST logs to lines: shapes, checks, and the path of whatever is wrong. No Django."""

from typing import Any, NamedTuple

from apps.console.lines import STREAMS, Sent
from apps.console.writers import batch_digest
from apps.core.bodies import BodyUnreadable, parse_json
from apps.core.problems import Problems
from apps.ingest.checks import INT64_MAX, INT64_MIN, address, batch_problems
from apps.ingest.errors import MAX_LINES_PER_BATCH, TooManyLines

_STREAM = {name: place for place, name in enumerate(STREAMS)}


class DecodedLines(NamedTuple):
    """One logs body. attempt: None for the newest. Lines without a time have that of their arrival."""

    attempt: int | None
    writer: str
    seq: int
    lines: list[Sent]
    digest: bytes


def lenient_json(body: bytes) -> Any:
    """The value of a JSON body; bytes that are no UTF-8, which a program may print, become U+FFFD."""
    try:
        return parse_json(body)
    except BodyUnreadable:
        try:
            body.decode()
        except UnicodeDecodeError:
            return parse_json(body.decode(errors="replace").encode())
        raise


def decode_lines(body: Any, arrival: int) -> DecodedLines:
    """The lines of a parsed body. arrival: ms since epoch UTC.

    Raises BadBatch, which lists the paths of all bad values, and TooManyLines.
    """
    problems = batch_problems()
    if not isinstance(body, dict):
        problems.add("body", "the body must be an object")
        problems.refuse()
    attempt, writer, seq = address(body, problems)
    came = body.get("lines")
    if not isinstance(came, list):
        problems.add("lines", "must be a list of lines")
        came = []
    if len(came) > MAX_LINES_PER_BATCH:
        raise TooManyLines(len(came))
    lines: list[Sent] = []
    times: list[int | None] = []
    for place, line in enumerate(came):
        if not isinstance(line, dict):
            problems.add(f"lines[{place}]", 'must be an object like {"time": …, "stream": "stdout", "text": "…"}')
            continue
        time = _time(line.get("time"), f"lines[{place}].time", problems)
        stream = line.get("stream", "stdout")
        if not isinstance(stream, str) or stream not in _STREAM:
            problems.add(f"lines[{place}].stream", "must be stdout or stderr")
            stream = "stdout"
        text = line.get("text")
        if not isinstance(text, str):
            problems.add(f"lines[{place}].text", "must be a text")
            text = ""
        unfinished = line.get("unfinished", False)
        if not isinstance(unfinished, bool):
            problems.add(f"lines[{place}].unfinished", "must be true or false")
        times.append(time)
        lines.append(Sent(arrival if time is None else time, _STREAM[stream], text, unfinished is True))
    problems.refuse()
    return DecodedLines(attempt, writer, seq, lines, batch_digest(list(zip(times, lines, strict=True))))


def _time(time: Any, path: str, problems: Problems) -> int | None:
    """ms since epoch, a fraction cut; None when it is left out."""
    if time is None:
        return None
    if isinstance(time, bool) or not isinstance(time, int | float) or not INT64_MIN <= time <= INT64_MAX:
        problems.add(path, "must be a number of ms since epoch UTC within 64 bits")
        return None
    whole = int(time)
    if not INT64_MIN <= whole <= INT64_MAX:  # the float nearest to the largest int64 lies beyond it
        problems.add(path, "must be a number of ms since epoch UTC within 64 bits")
        return None
    return whole
