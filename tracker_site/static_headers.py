"""Headers of single static files."""

from wsgiref.headers import Headers


def open_to_frames(headers: Headers, path: str, url: str) -> None:  # noqa: ARG001
    """Let the sandboxed frame of apps/plots, whose origin is opaque, load its own scripts and style."""
    if "/plots/plotly" in url:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
