"""Files on the host of FILES_URL."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.artifacts.answers import file_answer
from apps.artifacts.links import SIGNED_SECONDS, files_host
from apps.artifacts.links import signed_file as file_behind


@require_safe
def signed_file(request: HttpRequest, signature: str, name: str) -> HttpResponseBase:
    """The bytes behind a signed address; the name is only what they are saved as. Nowhere but on that host."""
    file = file_behind(signature) if files_host() and request.get_host() == files_host() else None
    if file is None:
        raise Http404
    return file_answer(request, file, caching=f"private, max-age={SIGNED_SECONDS}", sites="cross-origin")
