from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "apps.hosting"

    def ready(self) -> None:
        from apps.artifacts import room
        from apps.hosting import (
            distribution,  # noqa: F401  registers its system check
            quotas,
        )
        from apps.runs import grants

        grants.guards.append(quotas.require_room)
        room.guards.append(room.Guard(quotas.require_file_room, quotas.take_file_room))
