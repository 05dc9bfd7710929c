from django.urls import path

from apps.reports import api, views

urlpatterns = [
    path("r/new/", views.new_report, name="new_report"),
    path("r/preview/", views.preview, name="preview_report"),
    path("r/<run:report_id>/", views.report, name="report"),
    path("r/<run:report_id>/edit/", views.edit_report, name="edit_report"),
    path("api/v1/projects/<str:team>/<str:project>/reports/", api.ProjectReports.as_view(), name="api_reports"),
    path("api/v1/reports/<run:report_id>/", api.OneReport.as_view(), name="api_report"),
    path("<slug:team>/<slug:project>/reports/", views.project_reports_page, name="project_reports"),
]
