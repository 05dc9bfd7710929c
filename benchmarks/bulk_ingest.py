"""Bulk ingest over HTTP, durable: 10 keys × 100,000 steps a run in shared columns, to the server `make serve` starts.

    python -m benchmarks bulk_ingest

Accepted: until every request has its 200, which is after the batch is on the disk. Compacted: until the worker process
has emptied history_batch too. Bodies are made before the clock starts; one client process with 4 connections sends
them; client, server, worker and database share the machine. Baselines, same machine, same run: a plain table with one
row per point filled in process by its fastest way (executemany, COPY), and the real MLflow server fed over HTTP by its
own client, 4 threads, 1,000 metrics a request.
"""

import orjson

from benchmarks import load, mlflow_server, plain_table
from benchmarks.house import House, wait_until_compacted
from benchmarks.tables import Figure, Table, median
from benchmarks.trainings import bodies, make_runs, noise, streams

KEYS = 10
CONNECTIONS = 4
ACCEPTED, COMPACTED = 5e6, 2.5e6


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    sizes = house.sizes
    steps, runs, repeats = sizes.of(100_000, 20_000), sizes.of(8, 4), sizes.of(5, 1)
    columns = {f"metric/{key}": noise(steps, key) for key in range(KEYS)}
    table = Table(f"Bulk ingest on {database}", "python -m benchmarks bulk_ingest")
    plain = _plain_rate(house, database, columns, repeats)
    mlflow = _mlflow_rate(house, database) if house.with_mlflow else None
    for steps_a_request in (steps // 10, steps):
        prepared = bodies(columns, steps_a_request)
        rates = [_round(house, database, prepared, runs, KEYS * steps) for _ in range(repeats + 1)][1:]
        size = f"{KEYS} keys × {steps_a_request:,} steps a request"
        accepted, compacted = median([one for one, _ in rates]), median([one for _, one in rates])
        for what, value, bound in (("accepted", accepted, ACCEPTED), ("accepted and compacted", compacted, COMPACTED)):
            figure = Figure(f"{what}, {size}", value, "points/s", (">=", bound), plain_table.NAME, plain)
            table.figures.append(figure)
            if mlflow is not None:
                table.figures.append(Figure(f"{what}, {size}", value, "points/s", None, mlflow_server.NAME, mlflow))
    table.notes.append(
        f"{runs} runs a round of {KEYS} keys × {steps:,} float64 values, {CONNECTIONS} connections, "
        f"median of {repeats} rounds after one to warm up."
    )
    return table


def _round(house: House, database: str, prepared: list[bytes], runs: int, points_a_run: int) -> tuple[float, float]:
    """Points a second accepted, and accepted and compacted."""
    site = house.site(database)
    made = make_runs(site, runs)
    generator = load.Generator(site.port, streams(site, made, prepared, CONNECTIONS), keep=True)
    generator.go()
    answers = generator.answers()
    empty_at = wait_until_compacted(site)
    accepted = sum(orjson.loads(body)["accepted"] for body in answers.bodies)
    assert accepted == runs * points_a_run, accepted
    return accepted / answers.took, accepted / (empty_at - answers.began)


def _plain_rate(house: House, database: str, columns: dict, repeats: int) -> float:
    import time

    steps = len(next(iter(columns.values())))
    lists = {key: column.tolist() for key, column in columns.items()}
    rates = []
    with house.plain_table(database) as table:
        for run in range(min(repeats, 3)):
            began = time.perf_counter()
            table.insert(run, range(steps), lists)
            rates.append(KEYS * steps / (time.perf_counter() - began))
    return median(rates)


def _mlflow_rate(house: House, database: str) -> float:
    said = house.mlflow(database).drive(
        do="ingest", threads=CONNECTIONS, runs=CONNECTIONS, keys=KEYS, steps=house.sizes.of(1_500, 200)
    )
    return float(said["points"] / said["seconds"])
