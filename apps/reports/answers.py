"""Reports as JSON."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from apps.core.answers import json_time
from apps.reports.evidence import problems, report_parts
from apps.reports.models import Report
from apps.reports.rendering import pieces
from apps.runs.access import AnyUser


def absolute_url(request: HttpRequest | Request, path: str) -> str:
    """The address of a path of this site."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def report_line(request: Request, report: Report) -> dict[str, Any]:
    return {
        "id": report.slug,
        "key": report.key,
        "url": absolute_url(request, report.get_absolute_url()),
        "title": report.title,
        "author": report.author.get_username() if report.author else None,
        "revision": report.revision,
        "created_at": json_time(report.created_at),
        "updated_at": json_time(report.updated_at),
    }


def whole_report(request: Request, report: Report) -> dict[str, Any]:
    user: AnyUser = request.user
    parts = report_parts(user, report.project, pieces(report.markdown, title=report.title))
    return {
        **report_line(request, report),
        "project": str(report.project),
        "markdown": report.markdown,
        "problems": problems(parts),
    }
