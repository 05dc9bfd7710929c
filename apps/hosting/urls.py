from django.urls import path

from apps.hosting import views

urlpatterns = [
    path("metrics", views.metrics, name="metrics"),
]
