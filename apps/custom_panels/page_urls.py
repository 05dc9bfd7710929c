from django.urls import path

from apps.custom_panels import views

urlpatterns = [path("frames/panel/", views.panel_frame, name="panel_frame")]
