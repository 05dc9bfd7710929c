"""Every URL of the site, one include an app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("apps.core.urls")),
    path("", include("apps.accounts.urls")),
    path("api/", include("apps.ingest.urls")),
    path("api/v1/", include("apps.panels.urls")),
]

handler400 = "apps.core.api_errors.bad_request"
handler403 = "apps.core.api_errors.forbidden"
handler404 = "apps.core.api_errors.page_not_found"
handler500 = "apps.core.api_errors.server_error"
