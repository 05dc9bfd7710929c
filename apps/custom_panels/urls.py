from django.urls import path

from apps.custom_panels import api, data_api, picture_api, placing_api

PROJECT = "projects/<str:team>/<str:project>/"
PANEL = "panels/<run:panel_id>/"
_PICTURE = PANEL + "versions/<int:n>/picture."

urlpatterns = [
    path(PROJECT + "panels/", api.ProjectPanels.as_view(), name="api_panels"),
    path(PROJECT + "panel-check/", data_api.PanelCheck.as_view(), name="api_panel_check"),
    path(PROJECT + "panel-data/", data_api.PanelRows.as_view(), name="api_panel_data"),
    path(PROJECT + "panel-places/<str:page>/", placing_api.PanelPlacesOfPage.as_view(), name="api_panel_places"),
    path(PANEL, api.OnePanel.as_view(), name="api_panel"),
    path(PANEL + "versions/", api.PanelVersions.as_view(), name="api_panel_versions"),
    path(PANEL + "versions/<int:n>/", api.OneVersion.as_view(), name="api_panel_version"),
    path(_PICTURE + "svg", picture_api.PanelSvg.as_view(), name="panel_svg"),
    path(_PICTURE + "png", picture_api.PanelPng.as_view(), name="panel_png"),
    path(PANEL + "fork/", api.PanelForks.as_view(), name="api_panel_forks"),
]
