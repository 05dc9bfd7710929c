from django.urls import path

from apps.evaluation import picture_api

urlpatterns = [
    path("pictures/<str:table>.svg", picture_api.TableSvg.as_view(), name="table_svg"),
    path("pictures/<str:table>.png", picture_api.TablePng.as_view(), name="table_png"),
]
