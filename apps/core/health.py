"""Whether what the site needs is there: asked by /readyz and `manage.py doctor`. Each gives "ok" or what is not."""

from pathlib import Path

from celery import current_app
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

BROKER_SECONDS = 2


def database_answers(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations_applied(alias: str) -> str:
    executor = MigrationExecutor(connections[alias])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else "ok"


def broker_reachable() -> str:
    folder = current_app.conf.broker_transport_options.get("data_folder_out")
    if folder is not None:
        return "ok" if Path(folder).is_dir() else "its folder is missing"
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as connection:
        connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    return "ok"
