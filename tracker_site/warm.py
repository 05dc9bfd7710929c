"""Compiles the series store's kernels ahead of use, so that no first chart waits for it.

`python -m tracker_site.warm` sends points through a series store of its own in a temporary folder: what gets compiled,
and kept beside the code for every later process, is exactly what a site uses.
"""

import os
import tempfile

import numpy as np

from tracker_site.parent import die_with_supervisor


def warm() -> None:
    """Write, read, compact and read again: two keys, two attempts, backward steps, NaN and infinity, every zoom."""
    from apps.history.batches import Batch, Group
    from apps.history.charts import Question, answers
    from apps.history.queries import heads
    from apps.history.services import append_batch, settle

    step = np.arange(20_000, dtype=np.int64)
    values = np.sin(step / 100.0)
    values[5], values[7], values[9] = np.nan, np.inf, -np.inf

    def send(seq: int, attempt: int, first: int) -> None:
        group = Group(step + first, 1_000 + step, ["a", "b"], np.stack([values, values]))
        append_batch(run_id=1, attempt=attempt, writer="warm", seq=seq, batch=Batch([group]))

    def read() -> None:
        for start, end in ((None, None), (100, 5_000), (100, 300)):
            answers([Question((1,), "a", "step", start, end, 200, "lines")])
            answers([Question((1,), "b", "step", start, end, 200, "mean")])
            answers([Question((1,), "a", "time", start, end, 200, "lines")])

    send(1, 1, 0)
    read()
    settle(1)
    read()
    send(2, 1, 1_000)
    send(3, 2, 9_000)
    read()
    settle(1)
    read()
    heads([1])


def main() -> None:
    die_with_supervisor()
    for name in ("DATABASE_URL", "SERIES_DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker_site.settings"
    with tempfile.TemporaryDirectory(prefix="paceline-warm-") as folder:
        os.environ["PACELINE_DATA"] = folder
        import django
        from django.core.management import call_command

        from tracker_site.celery import make_broker_folders

        django.setup()
        make_broker_folders()
        call_command("migrate", verbosity=0)
        warm()


if __name__ == "__main__":
    main()
