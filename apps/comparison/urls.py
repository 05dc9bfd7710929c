from django.urls import path

from apps.comparison import api

urlpatterns = [
    path("compare/", api.CompareRuns.as_view(), name="compare_runs"),
]
