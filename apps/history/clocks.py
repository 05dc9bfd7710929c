"""Times of a run counted from its start: relative to it, or active, without the gaps between its attempts.

History knows no runs, so a question brings when their attempts started. Each attempt gets a clock: the ms that are
taken off the times of its points.
"""

from collections.abc import Mapping, Sequence

from apps.history import chunks
from apps.history.buckets import TIME_MAX
from apps.history.reading import pieces

Starts = tuple[tuple[int, int, int], ...]  # run id, attempt, when it started in ms since epoch


def last_times(run_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """The greatest time of any point of each attempt of the runs, by (run id, attempt). Call inside series_snapshot().

    Points that a newer attempt hides count: the attempt worked on them. Three queries.
    """
    found = [piece for attempts in pieces(run_ids).values() for piece in attempts]
    stored = [piece for piece in found if piece.points]
    times = chunks.decode_heads([piece.blob for piece in stored]).ints[TIME_MAX].tolist()
    seen = [(piece, time) for piece, time in zip(stored, times, strict=True)]
    seen += [(piece, int(piece.tail.time.max())) for piece in found if piece.tail.size]
    result: dict[tuple[int, int], int] = {}
    for piece, time in seen:
        name = piece.run_id, piece.attempt
        result[name] = max(time, result.get(name, time))
    return result


def run_clocks(starts: Starts, run_ids: Sequence[int], *, active: bool) -> dict[int, dict[int, int]]:
    """The clock of every attempt of the runs: run id to attempt to ms.

    The start of a run is that of its first attempt. active: also without the time between the last point of the
    attempts before and an attempt's start.
    """
    by_run: dict[int, dict[int, int]] = {run_id: {} for run_id in run_ids}
    for run_id, attempt, started in starts:
        if run_id in by_run:
            by_run[run_id][attempt] = started
    resumed = [run_id for run_id, of_run in by_run.items() if len(of_run) > 1] if active else []
    ends = last_times(resumed) if resumed else {}
    for run_id, of_run in by_run.items():
        if run_id in resumed:
            by_run[run_id] = _clocks(of_run, {one: ends[run_id, one] for one in of_run if (run_id, one) in ends})
        elif of_run:
            by_run[run_id] = dict.fromkeys(of_run, of_run[min(of_run)])
    return by_run


def _clocks(starts: Mapping[int, int], ends: Mapping[int, int]) -> dict[int, int]:
    result: dict[int, int] = {}
    clock = reached = starts[min(starts)]
    for attempt, started in sorted(starts.items()):
        clock += max(0, started - reached)
        result[attempt] = clock
        reached = max(reached, started, ends.get(attempt, started))
    return result
