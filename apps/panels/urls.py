from django.urls import path

from apps.panels import api, layout_api, live_api, outlook_api, picture_api

urlpatterns = [
    path("series/", api.series, name="series"),
    path("series/query", api.series_query, name="series_query"),
    path("pictures/series.svg", picture_api.series_picture_of, {"kind": "svg"}, name="series_svg"),
    path("pictures/series.png", picture_api.series_picture_of, {"kind": "png"}, name="series_png"),
    path("live/", live_api.live, name="live"),
    path("runs/<run:run_id>/outlook/", outlook_api.RunOutlook.as_view(), name="run_outlook"),
    path("projects/<str:team>/<str:project>/layout/", layout_api.ProjectLayout.as_view(), name="project_layout"),
    path("projects/<str:team>/<str:project>/aliases/", layout_api.ProjectAliases.as_view(), name="project_aliases"),
]
