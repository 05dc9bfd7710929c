"""The shapes of run files in the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from apps.artifacts.kinds import AUDIO, IMAGE, MARKUP, OTHER, TEXT, VIDEO


class FileFacts(serializers.Serializer[Any]):
    path = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    sha256 = serializers.CharField(help_text="of the bytes as they are stored, in hex")
    media_type = serializers.CharField(help_text="told by the bytes; of text by its name, then by what you sent")
    kind = serializers.ChoiceField(choices=[IMAGE, VIDEO, AUDIO, TEXT, MARKUP, OTHER])
    created_at = serializers.IntegerField(help_text="ms since epoch UTC")
    changed_at = serializers.IntegerField(help_text="ms since epoch UTC: when its bytes last changed")
    url = serializers.CharField()


class FilePage(serializers.Serializer[Any]):
    files = FileFacts(many=True)
    next = serializers.CharField(allow_null=True, help_text="`after` of the next page")
