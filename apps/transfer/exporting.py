"""One run's points as a file. The file is made from one snapshot before any of it is sent: a slow reader holds none."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

import pyarrow as pa

from apps.history.queries import Stretch, all_points, run_totals, waiting_runs
from apps.history.services import settle
from apps.runs.errors import NotSettled
from apps.runs.models import Run
from apps.runs.services import SETTLE_SECONDS
from apps.transfer.errors import NoSuchMetric
from apps.transfer.history_file import FORMAT, Written, write_history
from apps.transfer.spool import spool_file


class Spooled(NamedTuple):
    """A file at its beginning, and what is in it."""

    file: IO[bytes]
    written: Written


def settle_all(run_ids: Sequence[int], seconds: float = SETTLE_SECONDS) -> None:
    """Compact what these runs have waiting, so that reading them takes little memory.

    Raises NotSettled when that takes longer than so many seconds; asked again, it goes on where it was.
    """
    until = time.monotonic() + seconds
    for run_id in waiting_runs(run_ids):
        left = until - time.monotonic()
        if left < 0 or not settle(run_id, left):
            raise NotSettled


def spooled_history(run_id: int, names: Sequence[str] = ()) -> Spooled:
    """All points of a run, or only of these keys, as a Parquet file. Raises NoSuchMetric for a key without points."""
    file = spool_file()
    seen: set[str] = set()

    def noted(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
        for stretch in stretches:
            seen.add(stretch.name)
            yield stretch

    try:
        written = write_history(noted(all_points(run_id, names or None)), file)
        missing = [name for name in names if name not in seen]
        if missing:
            raise NoSuchMetric(missing[0])
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Spooled(file, written)


def history_tag(run: Run, names: Sequence[str]) -> str:
    """A name for spooled_history: it moves with every accepted batch, and not with compaction.

    Ask for it before the points are read: what comes meanwhile then makes the next answer a new one.
    """
    state = (FORMAT, pa.__version__, run.id, run.attempt, run_totals([run.id]).get(run.id, 0), sorted(set(names)))
    return hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()
