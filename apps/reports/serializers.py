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
    note = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="What is said of this save; ≤ 200 characters."
    )


class ReportChange(NewReport):
    revision = serializers.IntegerField(
        required=False, min_value=1, help_text="The revision your text is based on; 409 when the report has moved on."
    )


class NewBlock(serializers.Serializer[Any]):
    block = serializers.CharField(
        trim_whitespace=False, help_text="The YAML of a panel block, without its fences; ≤ 32 KiB."
    )


class PanelProblem(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="In the Markdown, from 1.")
    message = serializers.CharField()


class ReportLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField(allow_null=True, help_text="What a program calls it, such as its path in git.")
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


class RevisionLine(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="From 1; the highest is the report's `revision`.")
    title = serializers.CharField()
    note = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    created_at = serializers.IntegerField(help_text="ms since epoch UTC.")


class RevisionList(serializers.Serializer[Any]):
    revisions = RevisionLine(many=True)


class WholeRevision(RevisionLine):
    markdown = serializers.CharField()


class RevisionDiff(serializers.Serializer[Any]):
    to = serializers.IntegerField()
    old_title = serializers.CharField()
    title = serializers.CharField()
    diff = serializers.CharField(help_text="Unified; empty when the texts are equal.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that Python allows for an attribute."""
        return {"from": serializers.IntegerField(), **super().get_fields()}


class Restored(serializers.Serializer[Any]):
    revision = serializers.IntegerField(
        required=False, min_value=1, help_text="The newest revision you know of; 409 when the report has moved on."
    )


class PublishAsked(serializers.Serializer[Any]):
    revision = serializers.IntegerField(required=False, min_value=1, help_text="The newest without it.")


class SnapshotLine(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="From 1; `/r/{report}/{n}/` is this version for ever.")
    url = serializers.CharField()
    revision = serializers.IntegerField()
    title = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the bytes that `/r/{report}/{n}.json` answers.")
    published_by = serializers.CharField(allow_null=True)
    published_at = serializers.IntegerField(help_text="ms since epoch UTC.")


class SnapshotList(serializers.Serializer[Any]):
    published = SnapshotLine(many=True)


class Publication(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=["waiting", "done", "failed"])
    revision = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Charts drawn, of `total`.")
    total = serializers.IntegerField()
    message = serializers.CharField(help_text="Why it failed.")
    progress = serializers.CharField(help_text="The address that answers this anew.")
    published = SnapshotLine(allow_null=True)


class MovedFigure(serializers.Serializer[Any]):
    key = serializers.CharField()
    figure = serializers.CharField()
    then = serializers.FloatField(allow_null=True)
    now = serializers.FloatField(allow_null=True)


class ChangedRun(serializers.Serializer[Any]):
    run = serializers.CharField()
    name = serializers.CharField(help_text="As it was published.")
    kind = serializers.ChoiceField(choices=["deleted", "closed", "archived", "edited"])
    words = serializers.ListField(child=serializers.CharField(), help_text="Its facts that differ.")
    moved = MovedFigure(many=True)


class ChangedPanel(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Of the block in the published text.")
    title = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField())
    came = serializers.ListField(child=serializers.CharField(), help_text="Names of runs that fit since.")
    went = serializers.ListField(child=serializers.CharField(), help_text="Runs that fit no longer.")


class SnapshotChangeList(serializers.Serializer[Any]):
    revisions = serializers.IntegerField(help_text="Saved since.")
    newer = serializers.IntegerField(allow_null=True, help_text="The newest version, when this one is older.")
    runs = ChangedRun(many=True)
    panels = ChangedPanel(many=True)
    panels_not_compared = serializers.IntegerField(help_text="Panels for which there was no time.")


class ImageFacts(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.ChoiceField(choices=["image/png", "image/jpeg", "image/gif", "image/webp"])
    width = serializers.IntegerField(help_text="Pixels.")
    height = serializers.IntegerField(help_text="Pixels.")
    markdown = serializers.CharField(help_text="What puts it into a report of the project: `![words](image:…)`.")
    url = serializers.CharField()
