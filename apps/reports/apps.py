from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "apps.reports"

    def ready(self) -> None:
        from apps.reports.citations import cited_runs
        from apps.reports.transfer import PART
        from apps.runs.citations import finders
        from apps.transfer.parts import parts

        parts.append(PART)
        finders.append(cited_runs)
