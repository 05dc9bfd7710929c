from django.urls import path

from apps.custom_panels import views

_OF = "<slug:team>/<slug:project>/panels/"

urlpatterns = [
    path("frames/panel/", views.panel_frame, name="panel_frame"),
    path(_OF, views.gallery, name="project_panels"),
    path(f"{_OF}new/", views.new_panel, name="new_panel"),
    path(f"{_OF}<run:panel_id>/edit/", views.edit_panel, name="edit_panel"),
]
