"""The uncommitted diff that was kept with a run, as far as a page reads it."""

from typing import NamedTuple

from apps.artifacts.links import file_url
from apps.artifacts.queries import run_file
from apps.comparison.queries import DIFF_PATH
from apps.core.diffs import Diff, parsed
from apps.runs.models import Run

DIFF_LINES, REST_LINES = 1_000, 20_000  # read at first, and when asked for the rest
DIFF_BYTES, REST_BYTES = 512 << 10, 8 << 20


class KeptDiff(NamedTuple):
    """A run's diff, empty without one. cut: whether there is more of it; url: where all of it is, "" without one."""

    diff: Diff
    cut: bool
    url: str


def kept_diff(run: Run, *, rest: bool) -> KeptDiff:
    """The diff of a run: one query, and its file. rest: read as much as a page may hold."""
    file = run_file(run, DIFF_PATH)
    if file is None:
        return KeptDiff(Diff([], 0), False, "")
    with file.open() as stream:
        content = stream.read(REST_BYTES if rest else DIFF_BYTES)
    diff = parsed(content.decode(errors="replace"), REST_LINES if rest else DIFF_LINES)
    return KeptDiff(diff, file.size > len(content) or diff.left_out > 0, file_url(file, download=True))
