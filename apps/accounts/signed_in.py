"""For views that take a form and show nothing."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

View = Callable[..., HttpResponse]


def signed_in(*, back: str, keep: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Lead whoever is signed out to the sign-in page, and from there to the page that has the form.

    The view's own address would answer them with 405. back: the name of that page's URL; keep: what it takes of the
    view's arguments.
    """

    def decorated(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, **named: object) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, **named)
            return redirect_to_login(reverse(back, kwargs={name: named[name] for name in keep}))

        return checked

    return decorated
