from django.urls import path

from apps.transfer import api

urlpatterns = [
    path("projects/<str:team>/<str:project>/export/", api.project_export, name="project_export"),
    path("projects/<str:team>/<str:project>/import/", api.project_import, name="project_import"),
    path("runs/<run:run_id>/export/", api.run_export, name="run_export"),
]
