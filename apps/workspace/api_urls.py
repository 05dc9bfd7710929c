from django.urls import path

from apps.workspace import places_api, table_api, views_api

urlpatterns = [
    path("places/", places_api.Places.as_view(), name="places"),
    path("projects/<str:team>/<str:project>/columns/", table_api.ProjectColumns.as_view(), name="project_columns"),
    path("projects/<str:team>/<str:project>/views/", views_api.ProjectViews.as_view(), name="project_views"),
    path("views/<run:view_id>/", views_api.OneView.as_view(), name="one_view"),
]
