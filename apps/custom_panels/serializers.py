"""The JSON bodies of custom panels: what may come in, and for the OpenAPI document what goes out. Limits: limits.py."""

from typing import Any

from rest_framework import serializers

from apps.custom_panels.limits import MAX_NAME, MAX_NOTE
from apps.custom_panels.parameters import KINDS
from apps.rendering.look import LOOKS

DOCUMENT = "Vega-Lite or Vega with usermeta.paceline, as typed: docs/custom-panels.md; ≤ 256 KiB."


class NewPanel(serializers.Serializer[Any]):
    name = serializers.CharField(help_text=f"1..{MAX_NAME} characters.")
    document = serializers.CharField(trim_whitespace=False, help_text=DOCUMENT)
    note = serializers.CharField(required=False, allow_blank=True, help_text=f"At most {MAX_NOTE} characters.")
    shared = serializers.BooleanField(
        required=False, help_text="With everyone who may read the project; default true, false keeps it your own."
    )


class PanelChange(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    shared = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False, help_text="false brings an archived panel back.")


class NewVersion(serializers.Serializer[Any]):
    document = serializers.CharField(trim_whitespace=False, help_text=DOCUMENT)
    note = serializers.CharField(required=False, allow_blank=True)
    after = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="The version your document began from; 409 with the newest one when the panel has moved on.",
    )


class Fork(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    project = serializers.CharField(required=False, help_text="team/project; default: the panel's own.")
    version = serializers.IntegerField(required=False, min_value=1, help_text="Default: the newest.")


class PanelText(serializers.Serializer[Any]):
    document = serializers.CharField(trim_whitespace=False, allow_blank=True, help_text=DOCUMENT)
    parameters = serializers.DictField(child=serializers.JSONField(), required=False, help_text="Values by name.")


class PanelQuestion(serializers.Serializer[Any]):
    document = serializers.CharField(required=False, trim_whitespace=False, help_text=DOCUMENT)
    panel = serializers.CharField(required=False, help_text="A panel's 13 characters, instead of a document.")
    version = serializers.IntegerField(required=False, min_value=1, help_text="Of the panel; default: the newest.")
    parameters = serializers.DictField(child=serializers.JSONField(), required=False, help_text="Values by name.")
    runs = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        allow_null=True,
        help_text="Only these, in this order; default: the project's, by each source's filter, the newest 1,000.",
    )
    baseline = serializers.CharField(
        required=False, allow_null=True, help_text="The run others are compared with; default: the first of runs."
    )
    theme = serializers.ChoiceField(sorted(LOOKS), required=False, help_text="Of the page: colours of runs.")


class PanelFork(serializers.Serializer[Any]):
    panel = serializers.CharField()
    version = serializers.IntegerField()


class PanelLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.CharField()
    project = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    shared = serializers.BooleanField()
    version = serializers.IntegerField(help_text="The newest.")
    created_at = serializers.IntegerField(help_text="ms since epoch UTC.")
    changed_at = serializers.IntegerField(help_text="ms since epoch UTC.")
    archived_at = serializers.IntegerField(allow_null=True)


class PanelList(serializers.Serializer[Any]):
    panels = PanelLine(many=True)


class VersionLine(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    note = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    created_at = serializers.IntegerField(help_text="ms since epoch UTC.")


class WholeVersion(VersionLine):
    document = serializers.CharField()
    diff = serializers.CharField(required=False, help_text="Against the version of ?diff=, as a unified diff.")


class VersionList(serializers.Serializer[Any]):
    versions = VersionLine(many=True, help_text="The newest first.")


class WholePanel(PanelLine):
    document = serializers.CharField(help_text="Of the newest version.")
    note = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    forked_from = PanelFork(allow_null=True)
    may_write = serializers.BooleanField()


class DocumentProblem(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Of the text, from 1.")
    column = serializers.IntegerField(help_text="From 1.")
    message = serializers.CharField()
    path = serializers.CharField()


class PanelParameter(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField(help_text=f"One of {', '.join(KINDS)}.")
    choices = serializers.ListField(child=serializers.JSONField())

    def get_fields(self) -> dict[str, Any]:
        more = {"label": serializers.CharField(), "default": serializers.JSONField()}
        return {**super().get_fields(), **more}


class DeclaredSource(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    filter = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())


class PanelCheck(serializers.Serializer[Any]):
    problems = DocumentProblem(many=True, help_text="In the order of the text; none of a document that can be drawn.")
    sources = DeclaredSource(many=True)
    parameters = PanelParameter(many=True)
    spec = serializers.DictField(help_text="The document as Vega is given it: parameters filled in.")


class SourceRows(serializers.Serializer[Any]):
    columns = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField(allow_null=True)), help_text="By name, one value a row."
    )
    rows = serializers.IntegerField()
    of = serializers.IntegerField(help_text="Points or rows behind them.")
    note = serializers.CharField(allow_blank=True, help_text="What was left out or made coarser.")


class RunCount(serializers.Serializer[Any]):
    shown = serializers.IntegerField()
    of = serializers.IntegerField()


class PanelAnswer(serializers.Serializer[Any]):
    sources = serializers.DictField(child=SourceRows())
    runs = RunCount()
    parameters = serializers.DictField(child=serializers.JSONField(), help_text="The value of each.")
    declared = PanelParameter(many=True, help_text="What may be chosen.")
    spec = serializers.DictField(help_text="The document as Vega is given it: parameters filled in.")
