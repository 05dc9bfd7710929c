"""Publishing a report: asked for by a request, done there when it is little work, else by a worker."""

import functools

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errands import Errands
from apps.reports import jobs, tasks
from apps.reports.freezing import drawn_charts, readable_parts
from apps.reports.models import Publishing, Report
from apps.reports.queries import revision_of

AT_ONCE = 3  # charts that a request draws itself: about a second
errands = Errands("publishing")


def publish(*, report: Report, by: User, revision: int | None = None) -> Publishing:
    """Begin to publish a revision, the newest without one: done already when it has few charts.

    Raises NotForItsReaders before anything is stored; and what jobs.publish raises, when it is done here.
    """
    text = revision_of(report, revision or report.revision)
    text.report = report
    charts = drawn_charts(readable_parts(by, text))
    asked = Publishing.objects.create(report=report, revision=text.n, by=by, total=charts, touched_at=timezone.now())
    if charts <= AT_ONCE:
        jobs.publish(asked.id)
        asked.refresh_from_db()
    else:
        hint = functools.partial(tasks.publish_report.apply_async, (asked.id,), retry=False)
        transaction.on_commit(lambda: errands.put("publish a report", hint))
    return asked
