from django.apps import AppConfig


class CustomPanelsConfig(AppConfig):
    name = "apps.custom_panels"

    def ready(self) -> None:
        from apps.custom_panels.places import panel_places
        from apps.custom_panels.transfer import PART
        from apps.runs import places
        from apps.transfer.parts import parts

        parts.append(PART)
        places.finders.append(panel_places)
