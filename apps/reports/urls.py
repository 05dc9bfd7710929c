from django.urls import path

from apps.reports import api, revision_api, revision_views, views

urlpatterns = [
    path("r/new/", views.new_report, name="new_report"),
    path("r/preview/", views.preview, name="preview_report"),
    path("r/<run:report_id>/", views.report, name="report"),
    path("r/<run:report_id>/edit/", views.edit_report, name="edit_report"),
    path("r/<run:report_id>/revisions/", revision_views.revisions, name="report_revisions"),
    path("r/<run:report_id>/revisions/diff/", revision_views.difference, name="report_diff"),
    path("r/<run:report_id>/revisions/<int:n>/", revision_views.revision, name="report_revision"),
    path("r/<run:report_id>/revisions/<int:n>/restore/", revision_views.restore, name="restore_revision"),
    path("api/v1/projects/<str:team>/<str:project>/reports/", api.ProjectReports.as_view(), name="api_reports"),
    path("api/v1/reports/<run:report_id>/", api.OneReport.as_view(), name="api_report"),
    path("api/v1/reports/<run:report_id>/revisions/", revision_api.Revisions.as_view(), name="api_revisions"),
    path("api/v1/reports/<run:report_id>/revisions/<int:n>/", revision_api.OneRevision.as_view(), name="api_revision"),
    path(
        "api/v1/reports/<run:report_id>/revisions/<int:n>/diff/",
        revision_api.Differences.as_view(),
        name="api_revision_diff",
    ),
    path(
        "api/v1/reports/<run:report_id>/revisions/<int:n>/restore/",
        revision_api.Restoring.as_view(),
        name="api_restore_revision",
    ),
    path("<slug:team>/<slug:project>/reports/", views.project_reports_page, name="project_reports"),
]
