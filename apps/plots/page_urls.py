from django.urls import path

from apps.plots import views

urlpatterns = [path("frames/plotly/", views.plotly_frame, name="plotly_frame")]
