from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "apps.runs"

    def ready(self) -> None:
        from apps.history import jobs
        from apps.runs.values import refresh_values

        jobs.settled.append(refresh_values)
