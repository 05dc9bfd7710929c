"""Every URL of the site, one include an app."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from apps.core.api_errors import unknown_path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("apps.ingest.urls")),  # first: live points come here
    path("api/v1/", include("apps.panels.urls")),
    path("api/v1/", include("apps.comparison.urls")),
    path("api/v1/", include("apps.transfer.urls")),
    path("api/v1/", include("apps.plots.urls")),
    path("api/v1/", include("apps.custom_panels.urls")),
    path("api/v1/", include("apps.evaluation.urls")),
    path("api/v1/", include("apps.workspace.api_urls")),
    path("", include("apps.core.urls")),
    path("", include("apps.hosting.urls")),
    path("", include("apps.artifacts.urls")),
    path("", include("apps.comments.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.reports.urls")),
    path("", include("apps.sharing.urls")),
    path("", include("apps.provenance.urls")),
    path("", include("apps.plots.page_urls")),
    path("", include("apps.custom_panels.page_urls")),
    re_path("^api/", unknown_path),
    path("", include("apps.workspace.urls")),
]

handler400 = "apps.core.api_errors.bad_request"
handler403 = "apps.core.api_errors.forbidden"
handler404 = "apps.core.api_errors.page_not_found"
handler500 = "apps.core.api_errors.server_error"
