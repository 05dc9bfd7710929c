"""A published report with a drawn panel, and a link to it."""

from typing import NamedTuple

from apps.reports.models import Report, Snapshot
from apps.reports.publishing import publish
from apps.runs.models import Project, Run
from apps.sharing.models import ShareLink
from apps.sharing.services import make_link
from tests.factories import team_admin
from tests.reports.stories import logged_run, make_report, panel


class Shared(NamedTuple):
    run: Run
    report: Report
    snapshot: Snapshot
    link: ShareLink
    token: str

    @property
    def address(self) -> str:
        return f"/s/{self.token}/"


def shared_report(project: Project, words: str = "What we saw.", title: str = "A report") -> Shared:
    """A report over one run of the project, published and shared for a week."""
    run = logged_run(project, name="the-run")
    block = panel("keys: [val/loss]", f"runs: [{run.slug}]", "title: Loss")
    report = make_report(project, f"{words}\n\n{block}", title)
    snapshot = publish(report=report, by=team_admin(project)).snapshot
    assert snapshot is not None
    link, token = make_link(snapshot=snapshot, by=team_admin(project), days=7)
    return Shared(run, report, snapshot, link, token)
