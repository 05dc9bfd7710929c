"""The JSON shapes of API keys."""

from typing import Any

from rest_framework import serializers

from apps.accounts.models import Scope


class NewKeySerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=Scope.choices, default=Scope.INGEST)
    name = serializers.CharField(max_length=120, allow_blank=True, default="")


class ShownKeySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The key itself: shown now and never again.")
    id = serializers.IntegerField()
    prefix = serializers.CharField()
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=Scope.choices)


class TeamRoleSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    role = serializers.CharField()


class MeSerializer(serializers.Serializer[Any]):
    """Who asks."""

    user = serializers.CharField()
    scope = serializers.CharField(allow_null=True, help_text="of the key; null for a signed-in browser")
    teams = TeamRoleSerializer(many=True)
