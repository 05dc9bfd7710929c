"""The security headers of every answer."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/api/v1/nothing/", "/nobody/nothing/", "/healthz"])
def test_every_answer_tells_the_browser_what_not_to_do(path):
    answer = Client().get(path, follow=True)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    for name, value in (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ):
        assert answer[name] == value


def test_only_a_site_with_https_asks_for_https(settings):
    assert "Strict-Transport-Security" not in Client().get("/healthz")
    settings.SECURE_HSTS_SECONDS = 100
    assert Client().get("/healthz")["Strict-Transport-Security"] == "max-age=100"


def test_a_scheme_told_by_no_trusted_proxy_is_not_believed(settings):
    told = Client(HTTP_X_FORWARDED_PROTO="https").get("/healthz")
    assert told.wsgi_request.scheme == "http"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert Client(HTTP_X_FORWARDED_PROTO="https").get("/healthz").wsgi_request.scheme == "https"
