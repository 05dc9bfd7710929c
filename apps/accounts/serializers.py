"""The JSON shapes of API keys."""

from typing import Any

from rest_framework import serializers

from apps.accounts.models import Scope


class NewKeySerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=Scope.choices, default=Scope.INGEST)
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    project = serializers.CharField(
        max_length=161, allow_blank=True, default="", help_text="team/project: the only one it opens"
    )


class ShownKeySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The key itself: shown now and never again.")
    id = serializers.IntegerField()
    prefix = serializers.CharField()
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=Scope.choices)
    project = serializers.CharField(allow_null=True, help_text="team/project: the only one it opens; null for all")


class TeamRoleSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    role = serializers.CharField()


class MeSerializer(serializers.Serializer[Any]):
    """Who asks."""

    user = serializers.CharField()
    scope = serializers.CharField(allow_null=True, help_text="of the key; null for a signed-in browser")
    project = serializers.CharField(allow_null=True, help_text="team/project: the only one the key opens")
    teams = TeamRoleSerializer(many=True)
