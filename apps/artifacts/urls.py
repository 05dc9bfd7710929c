from django.urls import path, register_converter
from django.urls.converters import StringConverter

from apps.artifacts import api, views


class FilePathConverter(StringConverter):
    """The rest of a URL, whatever it holds: which names are taken, and why not, is paths.py's to say."""

    regex = r"(?s:.+)"


register_converter(FilePathConverter, "filepath")

urlpatterns = [
    path("api/v1/runs/<run:run_id>/files/", api.RunFiles.as_view(), name="run_files"),
    path("api/v1/runs/<run:run_id>/files/<filepath:path>", api.OneRunFile.as_view(), name="run_file"),
    path("f/<str:signature>/<str:name>", views.signed_file, name="signed_file"),
]
