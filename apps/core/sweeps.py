"""Tasks that every worker repeats by its own clock: they find in the rows what the queue lost."""

from typing import Any

from celery import Task
from celery.signals import worker_ready
from django.db import InterfaceError, OperationalError

RETRYABLE = (OperationalError, InterfaceError)  # a database that is away for a moment


def repeat(task: Task, seconds: float) -> None:
    """Have every worker queue a task when it starts and every so many seconds after.

    One that waited so long is dropped unrun, for the next is in the queue by then.
    """

    @worker_ready.connect(weak=False)
    def start(sender: Any, **_: Any) -> None:
        task.apply_async(expires=seconds)
        sender.timer.call_repeatedly(seconds, task.apply_async, kwargs={"expires": seconds})
