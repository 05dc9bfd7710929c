from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "apps.reports"

    def ready(self) -> None:
        from apps.reports.transfer import PART
        from apps.transfer.parts import parts

        parts.append(PART)
