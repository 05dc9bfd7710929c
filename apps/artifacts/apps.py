from django.apps import AppConfig


class ArtifactsConfig(AppConfig):
    name = "apps.artifacts"

    def ready(self) -> None:
        from apps.artifacts.services import remove_run_files
        from apps.runs.removal import removals

        removals.append(remove_run_files)
