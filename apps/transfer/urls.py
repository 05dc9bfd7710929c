from django.urls import path

from apps.transfer import api

urlpatterns = [
    path("runs/<run:run_id>/export/", api.run_export, name="run_export"),
]
