"""What the frame of custom panels may do."""

from django.test import Client


def test_the_frame_may_draw_and_nothing_else() -> None:
    answer = Client().get("/frames/panel/")
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy == {
        "sandbox": "allow-scripts",
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'none'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    assert not answer.cookies
    assert b"<script>" not in answer.content
    assert b" style=" not in answer.content
