from django.urls import path

from apps.workspace import table_api

urlpatterns = [
    path("projects/<str:team>/<str:project>/columns/", table_api.ProjectColumns.as_view(), name="project_columns"),
]
