"""What names blobs: run files, and the models of apps above that hold bytes here too."""

from typing import Any

from django.db.models import Exists, Model, OuterRef, Q

from apps.artifacts.models import RunFile

namers: list[type[Model]] = [RunFile]  # each with a key `blob`; an app above adds its own when it is ready


def unnamed() -> Q:
    """The condition of a blob that nothing names."""
    return Q(*(~Exists(_rows(model).filter(blob=OuterRef("pk"))) for model in namers))


def named_among(blob_ids: list[int]) -> set[int]:
    """Those of the blobs that something names: a query for each model."""
    return {
        found for model in namers for found in _rows(model).filter(blob__in=blob_ids).values_list("blob_id", flat=True)
    }


def _rows(model: type[Model]) -> Any:
    return model._default_manager
