from django.apps import AppConfig


class ArtifactsConfig(AppConfig):
    name = "apps.artifacts"

    def ready(self) -> None:
        from apps.artifacts.services import move_file_room, remove_run_files
        from apps.runs.moving import movers
        from apps.runs.removal import removals

        movers.append(move_file_room)
        removals.append(remove_run_files)
