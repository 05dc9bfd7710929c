"""What happens around every background task: it keeps the id of the request that set it off, is timed and logged."""

import logging
import time
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from apps.core import metrics, request_ids

logger = logging.getLogger("paceline.tasks")


@before_task_publish.connect
def send_id_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and request_ids.current_request_id():
        headers["request_id"] = request_ids.current_request_id()


@task_prerun.connect
def begin_task(task: Any, **_: Any) -> None:
    task.request.paceline_id = request_ids.begin(str(task.request.get("request_id") or ""))
    task.request.paceline_began = time.perf_counter()


@task_postrun.connect
def end_task(task: Any, state: str | None = None, **_: Any) -> None:
    seconds = time.perf_counter() - task.request.paceline_began
    metrics.task_done(task.name, str(state), seconds)
    logger.info("%s %s", task.name, state, extra={"task": task.name, "state": state, "ms": round(seconds * 1e3, 1)})
    request_ids.end(task.request.paceline_id)
