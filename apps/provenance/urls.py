from django.urls import path

from apps.provenance import api, views

urlpatterns = [
    path("runs/<run:run_id>/provenance/", views.run_provenance, name="run_provenance"),
    path("runs/<run:run_id>/provenance.<slug:form>", views.run_export, name="run_provenance_export"),
    path("r/<run:report_id>/<int:n>/provenance/", views.snapshot_provenance, name="snapshot_provenance"),
    path(
        "r/<run:report_id>/<int:n>/provenance.<slug:form>",
        views.snapshot_export,
        name="snapshot_provenance_export",
    ),
    path("<slug:team>/<slug:project>/commits/<slug:sha>/", views.commit_provenance, name="commit_provenance"),
    path(
        "<slug:team>/<slug:project>/commits/<slug:sha>.<slug:form>",
        views.commit_export,
        name="commit_provenance_export",
    ),
    path("api/v1/runs/<run:run_id>/provenance/", api.RunProvenance.as_view(), name="api_run_provenance"),
    path(
        "api/v1/projects/<str:team>/<str:project>/commits/<slug:sha>/",
        api.CommitProvenance.as_view(),
        name="api_commit_provenance",
    ),
    path(
        "api/v1/reports/<run:report_id>/published/<int:n>/provenance/",
        api.VersionProvenance.as_view(),
        name="api_snapshot_provenance",
    ),
]
