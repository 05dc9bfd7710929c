from django.urls import path

from apps.ingest import api

urlpatterns = [
    path("projects/<str:team>/<str:project>/runs/", api.ProjectRuns.as_view(), name="project_runs"),
    path("runs/<run:run_id>/", api.OneRun.as_view(), name="one_run"),
    path("runs/<run:run_id>/finish/", api.Finish.as_view(), name="finish_run"),
    path("runs/<run:run_id>/heartbeat/", api.Heartbeat.as_view(), name="heartbeat"),
    path("runs/<run:run_id>/history/", api.history, name="history"),
]
