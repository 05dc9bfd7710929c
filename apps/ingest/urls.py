from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from apps.accounts import openapi  # noqa: F401  tells the document of the API how to sign in
from apps.ingest import (
    api,
    bulk_api,
    class_table_api,
    confusion_api,
    console_api,
    costs_api,
    curves_api,
    histogram_api,
    moving_api,
    project_api,
    receipt_api,
    timeline_api,
    views,
)

urlpatterns = [
    path("v1/runs/<run:run_id>/history/", api.history, name="history"),
    path("v1/runs/<run:run_id>/logs/", console_api.logs, name="logs"),
    path("v1/runs/<run:run_id>/logs.txt", console_api.logs_text, name="logs_text"),
    path("v1/runs/<run:run_id>/class-tables/", class_table_api.class_tables, name="class_tables"),
    path("v1/runs/<run:run_id>/class-tables/<path:key>/", class_table_api.class_table, name="class_table"),
    path("v1/runs/<run:run_id>/confusion-matrices/", confusion_api.confusion_matrices, name="confusion_matrices"),
    path(
        "v1/runs/<run:run_id>/confusion-matrices/<path:key>/",
        confusion_api.confusion_matrix,
        name="confusion_matrix",
    ),
    path("v1/runs/<run:run_id>/curves/", curves_api.curve_keys, name="curve_keys"),
    path("v1/runs/<run:run_id>/curves/<path:key>/", curves_api.curves, name="curves"),
    path("v1/runs/<run:run_id>/histograms/", histogram_api.histogram_keys, name="histogram_keys"),
    path("v1/runs/<run:run_id>/histograms/<path:key>/", histogram_api.histogram, name="histogram"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", views.api_docs, name="api_docs"),
    path("v1/projects/<str:team>/<str:project>/runs/", api.ProjectRuns.as_view(), name="project_runs"),
    path("v1/projects/<str:team>/<str:project>/runs/bulk/", bulk_api.BulkChange.as_view(), name="bulk_change"),
    path(
        "v1/projects/<str:team>/<str:project>/runs/complete/",
        project_api.FilterCompletion.as_view(),
        name="complete_filter",
    ),
    path("v1/projects/<str:team>/<str:project>/metrics/", project_api.ProjectMetrics.as_view(), name="project_metrics"),
    path("v1/projects/<str:team>/<str:project>/costs/", costs_api.ProjectCosts.as_view(), name="project_costs"),
    path("v1/runs/<run:run_id>/", api.OneRun.as_view(), name="one_run"),
    path("v1/runs/<run:run_id>/receipt/", receipt_api.RunReceipt.as_view(), name="run_receipt"),
    path("v1/runs/<run:run_id>/archive/", api.Archive.as_view(), name="archive_run"),
    path("v1/runs/<run:run_id>/restore/", api.Restore.as_view(), name="restore_run"),
    path("v1/runs/<run:run_id>/finish/", api.Finish.as_view(), name="finish_run"),
    path("v1/runs/<run:run_id>/heartbeat/", api.Heartbeat.as_view(), name="heartbeat"),
    path("v1/runs/<run:run_id>/stop/", api.Stop.as_view(), name="stop_run"),
    path("v1/runs/<run:run_id>/move/", moving_api.MoveRun.as_view(), name="move_run"),
    path("v1/projects/", moving_api.WritableProjects.as_view(), name="writable_projects"),
    path("v1/runs/<run:run_id>/events/", timeline_api.RunEvents.as_view(), name="run_events"),
]
