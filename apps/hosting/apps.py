from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "apps.hosting"

    def ready(self) -> None:
        from apps.hosting import distribution  # noqa: F401  registers its system check
        from apps.hosting.quotas import require_room
        from apps.runs.grants import guards

        guards.append(require_room)
