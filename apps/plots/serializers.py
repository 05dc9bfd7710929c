"""The shapes of plots, for the API's own description."""

from typing import Any

from rest_framework import serializers

from apps.plots.errors import MAX_BARS, MAX_DRAWN, MAX_FITTED, MAX_LINES


class PlotAxis(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="As it is written in filters.")
    title = serializers.CharField()
    kind = serializers.ChoiceField(["number", "text", "time", "took"], help_text="time and took are in seconds")
    direction = serializers.ChoiceField(["min", "max", "unknown"], help_text="which end is the good one")
    known = serializers.BooleanField(help_text="Whether any run of the project has it.")
    filters = serializers.BooleanField(help_text="Whether runs can be filtered by it.")
    lost = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Runs whose value has no place: `not_positive` on a log axis, `other_kind`.",
    )

    def get_fields(self) -> dict[str, Any]:
        with_help = "How many runs have a place on it."
        return {**super().get_fields(), "with": serializers.IntegerField(help_text=with_help)}


class DrawnAxis(PlotAxis):
    values = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="One a drawn run; of texts the place in `words`."
    )
    words = serializers.ListField(child=serializers.CharField())


class _Counted(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="runs that pass the filter")

    def get_fields(self) -> dict[str, Any]:
        with_help = "Runs of them that have a value on every axis."
        return {**super().get_fields(), "with": serializers.IntegerField(help_text=with_help)}


class _Drawn(_Counted):
    drawn = serializers.IntegerField(help_text="runs of them in this answer, evenly chosen by id")
    runs = serializers.ListField(child=serializers.CharField())
    names = serializers.ListField(child=serializers.CharField())


class ScatterAxes(serializers.Serializer[Any]):
    x = DrawnAxis()
    y = DrawnAxis()
    colour = DrawnAxis(required=False)
    size = DrawnAxis(required=False)


class LineOfBest(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["pareto", "best so far"])
    at = serializers.ListField(child=serializers.IntegerField(), help_text="Places in `runs`, along x.")


class ScatterAnswer(_Drawn):
    axes = ScatterAxes()
    best = serializers.IntegerField(allow_null=True, help_text="The place in `runs` of the best y of all.")
    front = LineOfBest(allow_null=True)


class ValueAxes(serializers.Serializer[Any]):
    value = PlotAxis()
    group = PlotAxis(required=False)


class Bar(serializers.Serializer[Any]):
    label = serializers.JSONField(allow_null=True, help_text="The run's name, or the value that its runs share.")  # type: ignore[assignment]
    n = serializers.IntegerField()
    mean = serializers.FloatField()
    run = serializers.CharField(required=False)
    filter = serializers.CharField(required=False, allow_null=True, help_text="What lets the group's runs pass.")
    std = serializers.FloatField(required=False, allow_null=True, help_text="Of a sample; null for one run.")
    min = serializers.FloatField(required=False)
    max = serializers.FloatField(required=False)


class BarAnswer(_Counted):
    axes = ValueAxes()
    bars = Bar(many=True, help_text=f"The good end first, else the highest; at most {MAX_BARS}.")
    bars_total = serializers.IntegerField()


class HistogramPart(serializers.Serializer[Any]):
    label = serializers.JSONField(allow_null=True)  # type: ignore[assignment]
    filter = serializers.CharField(required=False, allow_null=True)
    others = serializers.IntegerField(required=False, help_text="How many smaller groups this part holds.")
    counts = serializers.ListField(child=serializers.IntegerField())


class HistogramAnswer(_Counted):
    axes = ValueAxes()
    edges = serializers.ListField(child=serializers.FloatField(), help_text="Of the bins; [] of texts.")
    words = serializers.ListField(child=serializers.CharField(), help_text="Of texts, the most frequent first.")
    counted = serializers.IntegerField(help_text="Runs in all parts: fewer than `with` beyond 100 texts.")
    parts = HistogramPart(many=True)


class ParallelAnswer(_Drawn):
    axes = DrawnAxis(many=True)
    colour = DrawnAxis(allow_null=True)


class Parameter(serializers.Serializer[Any]):
    text = serializers.CharField()
    title = serializers.CharField()
    rho = serializers.FloatField(help_text="Spearman's rank correlation with the target.")
    low = serializers.FloatField(allow_null=True, help_text="Of its 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    of = serializers.CharField(allow_null=True, help_text="The text that it is about, of a setting of texts.")
    importance = serializers.FloatField(allow_null=True, help_text="Permutation importance: R² lost when shuffled.")
    std = serializers.FloatField(allow_null=True)


class ImportanceAnswer(_Counted):
    used = serializers.IntegerField(help_text=f"Runs it was computed from, evenly chosen; at most {MAX_FITTED:,}.")
    target = PlotAxis()
    problem = serializers.CharField(allow_null=True, help_text="Why there is no answer.")
    forest_problem = serializers.CharField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="R² of the forest on runs it was not fitted to.")
    parameters = Parameter(many=True)
    left_out = serializers.ListField(
        child=serializers.CharField(), help_text="Settings that are another text in nearly every run."
    )
    constant = serializers.IntegerField(help_text="Settings that are the same in all runs looked at.")


class SuggestionAnswer(serializers.Serializer[Any]):
    target = serializers.CharField(allow_null=True)
    parameters = serializers.ListField(
        child=serializers.CharField(), help_text="Settings, those that go with the target most first."
    )


LIMITS = (
    f"At most {MAX_DRAWN:,} runs of a scatter plot and {MAX_LINES:,} of parallel coordinates are answered, chosen "
    "evenly by id; `total` and `with` count all."
)
