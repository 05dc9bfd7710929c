from django.urls import path

from apps.panels import api

urlpatterns = [
    path("series/", api.series, name="series"),
    path("series/query", api.series_query, name="series_query"),
]
