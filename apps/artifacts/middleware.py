"""Keeps the host of FILES_URL to files alone."""

from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.artifacts.links import files_host


class FilesHost:
    """On that host nobody signs in and no page is shown: what a file might run there finds nothing to act on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not files_host():
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._host = files_host()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.get_host() == self._host and not request.path_info.startswith("/f/"):
            raise Http404
        return self.get_response(request)
