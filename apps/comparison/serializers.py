"""The shapes of a comparison, for the API's own description."""

from typing import Any

from rest_framework import serializers


class ComparedCell(serializers.Serializer[Any]):
    value = serializers.JSONField(allow_null=True)
    missing = serializers.BooleanField(help_text="The run has no value, which differs from null.")
    same = serializers.BooleanField(help_text="As the baseline's.")
    delta = serializers.FloatField(allow_null=True, help_text="A number less the baseline's.")
    factor = serializers.FloatField(allow_null=True, help_text="How many times the baseline's number.")
    better = serializers.BooleanField(allow_null=True, help_text="Whether the difference is the metric's good way.")
    change = serializers.ChoiceField(["added", "removed"], allow_null=True, help_text="When only one has a value.")
    url = serializers.CharField(allow_null=True, help_text="Of a commit, or of the range from the baseline's.")
    nonfinite = serializers.IntegerField(help_text="Points of a metric that were NaN or infinite.")


class ComparedRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    key = serializers.CharField(help_text="As the ignore list spells it: config.optimizer.lr")
    figure = serializers.CharField(allow_null=True, help_text="Of a metric: min, max or last.")
    direction = serializers.ChoiceField(["min", "max", "unknown"])
    cells = ComparedCell(many=True)


class EqualRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.JSONField(allow_null=True)


class SectionCounts(serializers.Serializer[Any]):
    differ = serializers.IntegerField()
    equal = serializers.IntegerField()
    ignored = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="Names beyond the first 20,000, which were not compared.")


class ComparedSection(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    counts = SectionCounts()
    rows = ComparedRow(many=True, help_text="What differs; one cell a run, in the order of `runs`.")
    ignored = ComparedRow(many=True, help_text="What differs and is on the project's ignore list.")
    equal = EqualRow(many=True, required=False, help_text="With `equal=1`: what does not differ.")


class ComparedRun(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    project = serializers.CharField()
    state = serializers.CharField()
    url = serializers.CharField()


class ComparedRuns(serializers.Serializer[Any]):
    identical = serializers.BooleanField(help_text="The runs agree in everything.")
    baseline = serializers.CharField()
    value = serializers.CharField()
    differ = serializers.IntegerField()
    equal = serializers.IntegerField()
    ignored = serializers.IntegerField()
    ignore_list = serializers.ListField(child=serializers.CharField())
    runs = ComparedRun(many=True)
    sections = ComparedSection(many=True)
