"""The values of a published version as files."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.reports.access import readable_report
from apps.reports.exports.value_answers import csv_answer, data_answer, latex_answer
from apps.reports.snapshot_queries import snapshot_of


@require_safe
def snapshot_data(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    return data_answer(request, snapshot_of(readable_report(request.user, report_id), n))


@require_safe
def snapshot_latex(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    return latex_answer(request, snapshot_of(readable_report(request.user, report_id), n))


@require_safe
def snapshot_csv(request: HttpRequest, report_id: int, n: int) -> HttpResponseBase:
    return csv_answer(request, snapshot_of(readable_report(request.user, report_id), n))
