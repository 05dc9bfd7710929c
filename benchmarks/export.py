"""Everything out and in again, over HTTP: points a second of a run's Parquet file, a project's archive, and its import.

    python -m benchmarks export

4 runs of 10 keys × 100,000 float64 values, compacted. Out: until the last byte has come. In: into a new project, until
the answer says that all is stored. Arrow: the points of one such run in one IPC stream, until it is on the disk.
Baseline, same machine, same run, in process: the plain table's rows of one run to a CSV file by Python's csv (it reads
them by run and key in the order of steps), and back by reading the file and inserting its rows the table's fastest way.
"""

import contextlib
import csv
import http.client
import time
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from benchmarks.house import House
from benchmarks.plain_table import START_MS, PlainTable
from benchmarks.tables import Figure, Table, median
from benchmarks.trainings import PROJECT, fill, history_path, make_runs, noise
from tests.services.site import Site

KEYS, RUNS = 10, 4
BASELINE = "plain table, as CSV"
ARROW = "application/vnd.apache.arrow.stream"


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    steps, repeats = house.sizes.of(100_000, 10_000), house.sizes.of(3, 1)
    site = house.site(database)
    columns = {f"metric/{key}": noise(steps, key) for key in range(KEYS)}
    team, _, project = PROJECT.partition("/")
    runs = [fill(site, columns, name="export") for _ in range(RUNS)]
    points = KEYS * steps
    table = Table(f"Export and import on {database}", "python -m benchmarks export")
    with house.plain_table(database) as plain:
        csv_out, csv_in = _csv_rates(plain, house.folder / "plain.csv", columns)
    run_rates, archive_rates, import_rates, arrow_rates = [], [], [], []
    body = _arrow_stream(columns)
    for place in range(repeats):
        took, file = call(site, "GET", f"/api/v1/runs/{runs[0]}/export/")
        run_rates.append(points / took)
        took, archive = call(site, "GET", f"/api/v1/projects/{PROJECT}/export/")
        took_in, said = call(site, "POST", f"/api/v1/projects/{team}/{project}-{place}/import/", archive)
        all_points = orjson.loads(said)["points"]
        assert all_points >= RUNS * points
        archive_rates.append(all_points / took)
        import_rates.append(all_points / took_in)
        (run,) = make_runs(site, 1, "arrow")
        took, said = call(site, "POST", f"{history_path(run)}?writer=bench&seq=0", body, ARROW)
        arrow_rates.append(orjson.loads(said)["accepted"] / took)
    for what, rates, baseline in (
        ("a run as Parquet", run_rates, csv_out),
        ("a project as an archive", archive_rates, csv_out),
        ("the archive into a new project", import_rates, csv_in),
        ("an Arrow stream, accepted", arrow_rates, csv_in),
    ):
        table.figures.append(Figure(what, median(rates), "points/s", None, BASELINE, baseline))
    table.notes.append(f"The file of a run has {len(file) / points:.2f} bytes a point. Median of {repeats}.")
    return table


def call(site: Site, method: str, path: str, body: bytes = b"", kind: str = "application/zip") -> tuple[float, bytes]:
    """Seconds until the whole answer has come, and the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=600)
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": kind}
    with contextlib.closing(connection):
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - began
    if answer.status >= 300:
        raise RuntimeError(f"{answer.status}: {said[:2_000]!r}")
    return took, said


def _arrow_stream(columns: dict[str, np.ndarray]) -> bytes:
    at = np.arange(len(next(iter(columns.values()))))
    sink = pa.BufferOutputStream()
    batch = pa.table({"step": at, "time": START_MS + at, **columns})
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_table(batch)
    return bytes(sink.getvalue().to_pybytes())


def _csv_rates(table: PlainTable, path: Path, columns: dict[str, np.ndarray]) -> tuple[float, float]:
    """Points a second of one run from the table to a file, and from the file into the table."""
    steps = range(len(next(iter(columns.values()))))
    points = len(columns) * len(steps)
    table.insert(1, steps, {key: column.tolist() for key, column in columns.items()})
    began = time.perf_counter()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for key in columns:
            at, values = table.read(1, key)
            writer.writerows((key, step, value) for step, value in zip(at.tolist(), values.tolist(), strict=True))
    out = points / (time.perf_counter() - began)
    began = time.perf_counter()
    read: dict[str, list[float]] = {}
    with path.open(newline="") as file:
        for key, _, value in csv.reader(file):
            read.setdefault(key, []).append(float(value))
    table.insert(2, steps, read)
    return out, points / (time.perf_counter() - began)
