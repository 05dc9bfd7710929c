"""Bytes a stored point takes, all in: points, times, levels, heads, indexes.

    python -m benchmarks storage

4 runs of 10 keys × 100,000 steps sent over HTTP and compacted by the worker, as float64 noise and as values born in
float32. SQLite: pages in use of the file, minus those before. PostgreSQL: pg_total_relation_size of the series tables
after the VACUUM that it would do itself in time, minus before. Baselines: the plain table with the points of one such
run and its one index; MLflow's own tables, filled by SQL with a tenth as many rows.
"""

import numpy as np

from benchmarks import mlflow_server, plain_table
from benchmarks.house import POSTGRESQL, SERIES_TABLES, House, series_bytes, sql
from benchmarks.tables import Figure, Table
from benchmarks.trainings import fill, noise

KEYS, RUNS = 10, 4
KINDS = {"float64 noise": 8.5, "float32-born noise": 5.0}


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    steps = house.sizes.of(100_000, 20_000)
    site = house.site(database)
    table = Table(f"Storage on {database}", "python -m benchmarks storage")
    plain = _plain_bytes(house, database, steps)
    mlflow = _mlflow_bytes(house, database, steps) if house.with_mlflow else None
    for kind, bound in KINDS.items():
        if database == POSTGRESQL:  # room that other benchmarks freed would take the points for nothing
            with sql(site) as run_sql:
                for name in SERIES_TABLES:
                    run_sql(f"VACUUM FULL {name}")
        before = series_bytes(site)
        for run in range(RUNS):
            columns = {f"metric/{key}": noise(steps, run * KEYS + key) for key in range(KEYS)}
            if kind.startswith("float32"):
                columns = {key: column.astype(np.float32).astype(np.float64) for key, column in columns.items()}
            fill(site, columns, name="storage")
        value = (series_bytes(site) - before) / (RUNS * KEYS * steps)
        table.figures.append(Figure(kind, value, "bytes/point", ("<=", bound), plain_table.NAME, plain))
        if mlflow is not None:
            table.figures.append(Figure(kind, value, "bytes/point", None, mlflow_server.NAME, mlflow))
    return table


def _plain_bytes(house: House, database: str, steps: int) -> float:
    with house.plain_table(database) as table:
        before = table.size()
        table.insert(1, range(steps), {f"metric/{key}": noise(steps, key).tolist() for key in range(KEYS)})
        return (table.size() - before) / (KEYS * steps)


def _mlflow_bytes(house: House, database: str, steps: int) -> float:
    server = house.mlflow(database)
    runs = server.drive(do="create", runs=KEYS)
    before = server.size()
    server.fill(runs, "metric", [noise(steps // 10, place) for place in range(KEYS)])
    return (server.size() - before) / (KEYS * (steps // 10))
