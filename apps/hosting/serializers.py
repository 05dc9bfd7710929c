"""The JSON shapes of quotas and retention rules, whose limits the pages' forms keep too."""

from typing import Any

from rest_framework import serializers

from apps.hosting.models import kept_tags

MAX_DAYS = 36_500
MAX_RUNS = 2**31 - 1
MAX_STORED = 2**63 - 1
MAX_TAGS, MAX_TAG_LENGTH = 50, 250
LISTED = 100  # runs that an answer names


class QuotaChange(serializers.Serializer[Any]):
    max_points = serializers.IntegerField(
        min_value=0, max_value=MAX_STORED, allow_null=True, default=None, help_text="null: as many as it likes"
    )
    max_file_bytes = serializers.IntegerField(
        min_value=0, max_value=MAX_STORED, allow_null=True, default=None, help_text="null: as many as it likes"
    )


class QuotaFacts(QuotaChange):
    points = serializers.IntegerField(help_text="stored when they were last counted")
    file_bytes = serializers.IntegerField(help_text="stored now; counted anew with the points")
    counted_at = serializers.IntegerField(allow_null=True, help_text="ms since epoch UTC; null: not yet")


class RuleChange(serializers.Serializer[Any]):
    keep_days = serializers.IntegerField(
        min_value=0, max_value=MAX_DAYS, allow_null=True, default=None, help_text="runs that ended longer ago go"
    )
    keep_last = serializers.IntegerField(
        min_value=0, max_value=MAX_RUNS, allow_null=True, default=None, help_text="but not the newest so many"
    )
    keep_tags = serializers.ListField(
        child=serializers.CharField(max_length=MAX_TAG_LENGTH), max_length=MAX_TAGS, default=kept_tags
    )
    grace_days = serializers.IntegerField(
        min_value=0, max_value=MAX_DAYS, default=7, help_text="between archiving and deleting"
    )


class RuleFacts(RuleChange):
    stored = serializers.BooleanField(help_text="false: only asked about; nothing goes by it")
    archives = serializers.IntegerField(help_text="runs it archives now")
    deletes = serializers.IntegerField(help_text="archived runs it deletes now")
    cited = serializers.IntegerField(help_text="runs that stay only because a report cites them")
    oldest = serializers.CharField(allow_null=True, help_text="id of the oldest run that goes now")
    runs = serializers.ListField(child=serializers.CharField(), help_text=f"ids of at most {LISTED} that go now")
