"""Turns every refusal and every framework error into the one error body."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.api_errors import CODES, ApiError, error_answer, is_api, refusal


class ErrorBody:
    """JSON under /api/, error.html elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not is_api(request):
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        ours = error_answer(request, ApiError(response.status_code if response.status_code in CODES else 400))
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                ours.headers[name] = response.headers[name]
        return ours

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refused = refusal(exception)
        return None if refused is None else error_answer(request, refused)
