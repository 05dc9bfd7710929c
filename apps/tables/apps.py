from django.apps import AppConfig


class TablesConfig(AppConfig):
    name = "apps.tables"

    def ready(self) -> None:
        from apps.runs.moving import movers
        from apps.runs.removal import removals
        from apps.runs.values import keepers
        from apps.tables.cost_services import move_costs
        from apps.tables.services import delete_tables, index_run

        removals.append(delete_tables)
        keepers.append(index_run)
        movers.append(move_costs)
