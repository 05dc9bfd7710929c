"""The two planes of data and the router that sends each model to its database.

Metadata plane: ordinary Django models in "default". Series plane: everything whose volume grows with training, keyed by
run id alone, in the database "series" when settings name one and in "default" otherwise.
"""

from typing import Any

from django.conf import settings
from django.db import models


class SeriesModel(models.Model):
    """A table of the series plane: its primary key and every unique key begin with run_id; no foreign keys."""

    class Meta:
        abstract = True


def series_alias() -> str:
    """The database that holds the series plane."""
    return "series" if "series" in settings.DATABASES else "default"


def is_series(model: type[models.Model]) -> bool:
    """Whether a model belongs to the series plane."""
    return issubclass(model, SeriesModel)


class PlaneRouter:
    """Sends series-plane models to series_alias() and all others to "default"; migrates each where it lives."""

    def db_for_read(self, model: type[models.Model], **_hints: Any) -> str:
        return series_alias() if is_series(model) else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if series_alias() == "default":
            return db == "default"
        model = hints.get("model")
        if model is None and model_name is not None:
            from django.apps import apps

            model = apps.get_model(app_label, model_name)
        if model is None:  # RunPython and RunSQL without a model name their plane in hints={"plane": …}
            return db == ("series" if hints.get("plane") == "series" else "default")
        return db == self._home(app_label, model)

    @staticmethod
    def _home(app_label: str, model: type[models.Model]) -> str:
        from django.apps import apps

        # Migrations hand in historical models, which have lost their base class: ask the real one.
        try:
            real = apps.get_model(app_label, model._meta.model_name or "")
        except LookupError:
            real = model
        return "series" if is_series(real) else "default"
