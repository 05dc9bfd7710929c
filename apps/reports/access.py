"""Who may see and change a report: whoever may do so with its project."""

from apps.accounts.errors import SignInNeeded
from apps.core import ids
from apps.core.errors import NotFound
from apps.reports.models import Report
from apps.runs.access import AnyUser, readable_projects, writable_project
from apps.runs.models import Project


def readable_report(user: AnyUser, report_id: int) -> Report:
    """The report with its project, team and author: one query."""
    reports = Report.objects.select_related("project__team", "author").filter(project__in=readable_projects(user))
    report = reports.filter(id=report_id).first()
    if report is None:
        missing = NotFound(f"There is no report {ids.to_text(report_id)} that you may read.")
        raise missing if user.is_authenticated else SignInNeeded()
    return report


def writable_report(user: AnyUser, report_id: int) -> Report:
    """The report, if the user may write to its project: two queries."""
    report = readable_report(user, report_id)
    writable_project(user, report.project.team.slug, report.project.slug)
    return report


def may_write(user: AnyUser, project: Project) -> bool:
    """Whether the user may write reports in the project: one query."""
    try:
        writable_project(user, project.team.slug, project.slug)
    except NotFound:
        return False
    return True
