"""The JSON bodies of share links: what may come in, and for the OpenAPI document what goes out. Limits: services.py."""

from typing import Any

from rest_framework import serializers


class NewShare(serializers.Serializer[Any]):
    days = serializers.IntegerField(
        required=False, allow_null=True, default=30, help_text="7, 30 or 90; null: until it is revoked."
    )
    name = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="What it is for; ≤ 120 characters."
    )


class Share(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first characters of its token, to tell links apart.")
    state = serializers.CharField(help_text="`open`, `revoked` or `ended`.")
    created_by = serializers.CharField(allow_null=True)
    created_at = serializers.IntegerField(help_text="ms since epoch UTC.")
    expires_at = serializers.IntegerField(allow_null=True, help_text="ms since epoch UTC; null: never.")
    revoked_at = serializers.IntegerField(allow_null=True)
    views = serializers.IntegerField(help_text="Of its page, exports and embedded panels.")
    pictures = serializers.IntegerField(help_text="How often a PNG of it was loaded.")
    last_opened = serializers.IntegerField(allow_null=True)


class MadeShare(Share):
    url = serializers.CharField(help_text="The link, which is answered now and never again.")


class ShareList(serializers.Serializer[Any]):
    shares = Share(many=True)
