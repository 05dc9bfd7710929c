"""The JSON bodies of reports: what may come in, and for the OpenAPI document what goes out. Limits: services.py."""

from typing import Any

from rest_framework import serializers


class NewReport(serializers.Serializer[Any]):
    title = serializers.CharField(help_text="1..200 characters.")
    markdown = serializers.CharField(
        allow_blank=True,
        trim_whitespace=False,
        help_text="CommonMark with tables, task lists and ```panel blocks; ≤ 1 MiB.",
    )


class ReportChange(NewReport):
    revision = serializers.IntegerField(
        required=False, min_value=1, help_text="The revision your text is based on; 409 when the report has moved on."
    )


class PanelProblem(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="In the Markdown, from 1.")
    message = serializers.CharField()


class ReportLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.CharField()
    title = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    revision = serializers.IntegerField()
    created_at = serializers.IntegerField(help_text="ms since epoch UTC.")
    updated_at = serializers.IntegerField(help_text="ms since epoch UTC.")


class ReportList(serializers.Serializer[Any]):
    reports = ReportLine(many=True)


class WholeReport(ReportLine):
    project = serializers.CharField()
    markdown = serializers.CharField()
    problems = PanelProblem(many=True, help_text="Panel blocks that cannot be drawn for you now.")
