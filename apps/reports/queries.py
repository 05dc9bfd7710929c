"""Reads over reports, and over the runs their panels draw."""

from django.db.models import QuerySet

from apps.reports.models import Report
from apps.runs.models import Project


def project_reports(project: Project) -> QuerySet[Report]:
    """The project's reports with their authors, the last saved first, without their text: one query."""
    return (
        Report.objects.filter(project=project).select_related("author").defer("markdown").order_by("-updated_at", "-id")
    )
