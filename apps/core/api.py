"""What Django REST framework's views share: the body parser, the error body in the OpenAPI document."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from apps.core.bodies import parse_json, read_body


class OrjsonParser(BaseParser):
    """JSON bodies, gzip and zstd too, within the limits of bodies.py."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        request = parser_context["request"]._request if isinstance(stream, WSGIRequest) else stream
        return parse_json(read_body(request, request.META))


class ErrorBodySerializer(serializers.Serializer[Any]):
    """The body of every refusal."""

    code = serializers.CharField(help_text="Never changes; for programs.")
    message = serializers.CharField(help_text="What to do, or which limit and what came; for people.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="Path of each bad value to what is wrong with it."
    )
