from django.urls import path

from apps.hosting import api, storage_views, views

urlpatterns = [
    path("metrics", views.metrics, name="metrics"),
    path("teams/<slug:team>/storage/", storage_views.team_storage, name="team_storage"),
    path("teams/<slug:team>/storage/<slug:project>/", storage_views.project_retention, name="project_retention"),
    path("api/v1/teams/<str:team>/quota/", api.Quota.as_view(), name="team_quota"),
    path("api/v1/projects/<str:team>/<str:project>/retention/", api.Retention.as_view(), name="project_retention_rule"),
]
