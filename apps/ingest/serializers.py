"""The JSON bodies of runs: what may come in, and for the OpenAPI document what goes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.json_values import storable
from apps.runs.models import State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@extend_schema_field(OpenApiTypes.NUMBER)
class Milliseconds(serializers.Field[datetime, float, float, Any]):
    """A moment as ms since epoch UTC; a fraction is cut."""

    def to_internal_value(self, data: Any) -> datetime:
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            raise serializers.ValidationError("must be a number of ms since epoch")
        try:
            return _EPOCH + timedelta(milliseconds=int(data))
        except (OverflowError, ValueError) as error:
            raise serializers.ValidationError("is no moment of the years 1 to 9999") from error

    def to_representation(self, value: datetime) -> float:
        return (value - _EPOCH) / timedelta(milliseconds=1)


@extend_schema_field(OpenApiTypes.OBJECT)
class Document(serializers.Field[dict[str, Any], Any, Any, Any]):
    """A JSON object. Non-finite numbers become strings; NUL and lone surrogates are refused by path."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("must be an object")
        problems: dict[str, str] = {}
        stored = storable(data, "", problems)
        if problems:
            raise serializers.ValidationError(dict(list(sorted_problems(problems))[:20]))
        return dict(stored)

    def to_representation(self, value: Any) -> Any:
        return value


def sorted_problems(problems: dict[str, str]) -> list[tuple[str, str]]:
    """Paths without the dot that joins them to the field's own name."""
    return [(path.lstrip("."), what) for path, what in sorted(problems.items())]


class RunFacts(serializers.Serializer[Any]):
    """What may be said of a run at any time."""

    tags = serializers.ListField(child=serializers.CharField(max_length=250), required=False)
    notes = serializers.CharField(max_length=100_000, allow_blank=True, trim_whitespace=False, required=False)
    config = Document(required=False)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError({"body": "must be an object"})
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown[:20], "is not a field of this request"))
        return super().to_internal_value(data)


class NewRun(RunFacts):
    name = serializers.CharField(max_length=250, allow_blank=True, required=False)
    client_id = serializers.CharField(
        max_length=250, allow_blank=True, trim_whitespace=False, default="", help_text="Your own id of the run."
    )
    resume = serializers.ChoiceField(choices=["never", "allow", "must"], default="never")
    attempt = serializers.ChoiceField(
        choices=["new", "join"], default="new", help_text="Of a resume: open the next attempt, or join the current one."
    )
    group = serializers.CharField(max_length=250, allow_blank=True, required=False)
    job_type = serializers.CharField(max_length=250, allow_blank=True, required=False)
    started_at = Milliseconds(required=False)
    provenance = Document(required=False)


class RunChange(RunFacts):
    name = serializers.CharField(max_length=250, required=False)
    group = serializers.CharField(max_length=250, allow_blank=True, required=False)
    job_type = serializers.CharField(max_length=250, allow_blank=True, required=False)
    summary = Document(required=False)
    provenance = Document(required=False)
    state = serializers.ChoiceField(
        choices=[State.RUNNING, State.FINISHED, State.FAILED, State.STOPPED], required=False
    )
    heartbeat = serializers.BooleanField(required=False)
    lost_points = serializers.IntegerField(min_value=0, max_value=2**63 - 1, required=False)


class RunEnd(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=[State.FINISHED, State.FAILED, State.STOPPED], default=State.FINISHED)
    message = serializers.CharField(max_length=10_000, allow_blank=True, trim_whitespace=False, default="")
    lost_points = serializers.IntegerField(min_value=0, max_value=2**63 - 1, required=False)


class StartedRun(serializers.Serializer[Any]):
    """Where to send points to."""

    id = serializers.CharField(help_text="13 characters; the run's id everywhere.")
    url = serializers.URLField()
    attempt = serializers.IntegerField()
    created = serializers.BooleanField(help_text="false when the run was resumed")
    name = serializers.CharField()
    project = serializers.CharField(help_text="team/project")
    state = serializers.CharField()
    started_at = serializers.IntegerField(help_text="ms since epoch; of a resume, when the first attempt began")
    points = serializers.IntegerField(help_text="points stored so far")
    keys = serializers.IntegerField(help_text="metrics stored so far")


class RunLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.URLField()
    project = serializers.CharField()
    name = serializers.CharField()
    client_id = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    attempt = serializers.IntegerField()
    group = serializers.CharField()
    job_type = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    created_at = serializers.IntegerField(help_text="ms since epoch, like every time")
    started_at = serializers.IntegerField()
    finished_at = serializers.IntegerField(allow_null=True)
    heartbeat_at = serializers.IntegerField()
    late_data_at = serializers.IntegerField(allow_null=True, help_text="points came after the run had ended")
    stop_requested_at = serializers.IntegerField(allow_null=True, help_text="somebody asked the run to end")
    points = serializers.IntegerField()
    lost_points = serializers.IntegerField(help_text="points its client had to give up")


class ListedRun(RunLine):
    values = Document(required=False, help_text="the columns that were asked for, null where the run has none")


class FilterNote(serializers.Serializer[Any]):
    column = serializers.IntegerField(help_text="of the filter, from 1")
    message = serializers.CharField()


class RunPage(serializers.Serializer[Any]):
    runs = ListedRun(many=True)
    next = serializers.CharField(allow_null=True, help_text="the cursor of the next page")
    total = serializers.IntegerField()
    total_is = serializers.ChoiceField(choices=["exact", "at_least"])
    notes = FilterNote(many=True, help_text="of an empty page: what in the filter no run can pass")


class KnownRun(RunLine):
    notes = serializers.CharField()
    exit_message = serializers.CharField()
    archived = serializers.BooleanField()
    config = Document()
    summary = Document()
    provenance = Document()


class WholeRun(KnownRun):
    keys = serializers.IntegerField()
    metrics = Document(help_text="metric name to points, first_step, last_step, last, min, max, mean, …")


class Alive(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=State.choices)
    stop = serializers.BooleanField(help_text="whether the run is asked to end")
