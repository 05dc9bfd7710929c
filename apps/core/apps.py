from importlib import import_module

from django.apps import AppConfig
from django.urls import register_converter

from apps.core.ids import RunIdConverter


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        register_converter(RunIdConverter, "run")
        import_module("apps.core.task_signals")  # connects itself
