from django.apps import AppConfig


class CustomPanelsConfig(AppConfig):
    name = "apps.custom_panels"

    def ready(self) -> None:
        from apps.custom_panels.transfer import PART
        from apps.transfer.parts import parts

        parts.append(PART)
