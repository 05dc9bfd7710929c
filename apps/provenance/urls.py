from django.urls import path

from apps.provenance import views

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
]
