"""Reports as subjects of comments."""

from collections.abc import Sequence

from django.urls import reverse

from apps.comments.models import Comment
from apps.comments.subjects import Found, Subject
from apps.core import ids
from apps.reports.models import Report
from apps.runs.access import AnyUser, readable_projects

KIND = "report"


def subject_of(report: Report) -> Subject:
    return Subject(KIND, report.pk)


def comment_url(report_id: int, comment: Comment) -> str:
    """The page that a comment was made on, at the comment."""
    if comment.version is None:
        page = reverse("report_draft", args=[report_id])
    else:
        page = reverse("snapshot", args=[report_id, comment.version])
    return f"{page}#comment-{ids.to_text(comment.pk)}"


def commented_reports(user: AnyUser, comments: Sequence[Comment]) -> dict[int, Found]:
    """Of comments on reports, those that the user may read: one query."""
    reports = Report.objects.filter(id__in={one.subject_id for one in comments}, project__in=readable_projects(user))
    titles = dict(reports.values_list("id", "title"))
    return {
        one.id: Found(titles[one.subject_id], comment_url(one.subject_id, one))
        for one in comments
        if one.subject_id in titles
    }
