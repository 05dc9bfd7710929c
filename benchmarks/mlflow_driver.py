"""Runs in MLflow's own environment, with its own client. Reads a task as JSON, prints the answer as JSON.

{"do": "create", "runs": n} gives the ids of new runs.
{"do": "ingest", "threads": t, "runs": n, "keys": k, "steps": s} logs k keys × s steps to each of n runs by log_batch,
1,000 metrics a request as MLflow allows; the metrics are made before the clock starts.
{"do": "rows", "threads": t, "keys": k, "seconds": s} logs one row of k keys a request; the seconds of each request.
"""

import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from mlflow import MlflowClient  # type: ignore[import-not-found]
from mlflow.entities import Metric  # type: ignore[import-not-found]

METRICS_A_REQUEST = 1_000
START_MS = 1_700_000_000_000


def create(client: MlflowClient, count: int) -> list[str]:
    return [client.create_run("0").info.run_id for _ in range(count)]


def ingest(client: MlflowClient, threads: int, runs: int, keys: int, steps: int) -> dict[str, float]:
    chance = random.Random(0)
    rows = [
        Metric(f"metric/{key}", chance.gauss(0, 1), START_MS + step, step)
        for step in range(steps)
        for key in range(keys)
    ]
    batches = [rows[begin : begin + METRICS_A_REQUEST] for begin in range(0, len(rows), METRICS_A_REQUEST)]
    ids = create(client, runs)

    def send(run: str) -> None:
        for batch in batches:
            client.log_batch(run, metrics=batch)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, ids))
    return {"seconds": time.perf_counter() - began, "points": len(rows) * runs}


def one_by_one(client: MlflowClient, threads: int, keys: int, seconds: float) -> list[float]:
    ids = create(client, threads)

    def send(run: str) -> list[float]:
        took = []
        end = time.perf_counter() + seconds
        step = 0
        while (began := time.perf_counter()) < end:
            metrics = [Metric(f"metric/{key}", step + key / 7, START_MS + step, step) for key in range(keys)]
            client.log_batch(run, metrics=metrics)
            took.append(time.perf_counter() - began)
            step += 1
        return took

    with ThreadPoolExecutor(threads) as pool:
        return [one for took in pool.map(send, ids) for one in took]


def main() -> None:
    task = json.load(sys.stdin)
    client = MlflowClient()
    if task["do"] == "create":
        answer: object = create(client, task["runs"])
    elif task["do"] == "ingest":
        answer = ingest(client, task["threads"], task["runs"], task["keys"], task["steps"])
    else:
        answer = one_by_one(client, task["threads"], task["keys"], task["seconds"])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
