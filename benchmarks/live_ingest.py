"""Live ingest: 8 trainings log 50 keys a step, one row a request, while the worker compacts what came before.

    python -m benchmarks live_ingest

8 keep-alive connections in one epoll process, each sending its next row when the last is stored. Baselines in the same
run: a no-op POST view behind the same server and middleware (benchmarks/noop.py) under the same load, taken in turns;
and the real MLflow server with its own client, one log_batch of 50 metrics a step from 8 threads.
"""

import orjson

from benchmarks import load, mlflow_server, noop
from benchmarks.house import DATABASES, POSTGRESQL, SQLITE, House, wait_until_compacted
from benchmarks.tables import Figure, Table, median, percentile
from benchmarks.trainings import history_path, make_runs, noise

WRITERS, KEYS = 8, 50
RATES = {SQLITE: 2_000.0, POSTGRESQL: 1_500.0}
SHARE = 0.3
MEDIAN_MS, P99_MS = 5.0, 50.0


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in DATABASES if database in house.databases]


def _on(house: House, database: str) -> Table:
    seconds, repeats = house.sizes.of(15, 1), house.sizes.of(3, 1)  # compactions of every run in each
    site = house.site(database)
    names = tuple(f"metric/{key}" for key in range(KEYS))
    variants = [orjson.dumps(dict(zip(names, noise(KEYS, seed).tolist(), strict=True))) for seed in range(200)]
    rounds, empty = [], []
    with house.noop(database) as noop_port:
        for number in range(repeats + 1):
            runs = make_runs(site, WRITERS, "live")
            ours = [load.Rows(history_path(run), site.admin_key, "live", names, variants) for run in runs]
            noops = [load.Rows("/noop", site.admin_key, "live", names, variants) for _ in runs]
            length = seconds if number else 1
            found = load.run(site.port, ours, seconds=length)
            wait_until_compacted(site)
            none = load.run(noop_port, noops, seconds=length)
            if number:
                rounds.append(found)
                empty.append(none)
    rate, noop_rate = median([one.rate for one in rounds]), median([one.rate for one in empty])
    took = [second * 1e3 for one in rounds for second in one.seconds]
    noop_took = [second * 1e3 for one in empty for second in one.seconds]
    enough = rate >= RATES[database] or rate >= SHARE * noop_rate
    figures = [
        Figure("rate", rate, "requests/s", (">=", RATES[database]), noop.NAME, noop_rate, met=enough),
        Figure("median", median(took), "ms", ("<=", MEDIAN_MS), noop.NAME, median(noop_took)),
        Figure("p99", percentile(took, 0.99), "ms", ("<=", P99_MS), noop.NAME, percentile(noop_took, 0.99)),
    ]
    if house.with_mlflow:
        theirs = house.mlflow(database).drive(do="rows", threads=WRITERS, keys=KEYS, seconds=house.sizes.of(5, 1))
        share = WRITERS / (sum(theirs) / len(theirs))
        figures += [
            Figure("rate", rate, "requests/s", None, mlflow_server.NAME, share),
            Figure("median", median(took), "ms", None, mlflow_server.NAME, median(theirs) * 1e3),
        ]
    notes = [
        f"{WRITERS} runs × {KEYS} keys a row, {repeats} rounds of {seconds} s; the rate is also good from "
        f"{SHARE} of the no-op on (here {rate / noop_rate:.2f})."
    ]
    return Table(f"Live ingest on {database}", "python -m benchmarks live_ingest", figures, notes)
