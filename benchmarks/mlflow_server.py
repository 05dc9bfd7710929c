"""The real MLflow server as a baseline: pinned, in an environment of its own, driven by its own client."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from benchmarks.plain_table import START_MS, relation_bytes, sqlite_used_bytes
from tests.services.keeper import ROOT, Kept
from tests.services.servers import free_port

REQUIREMENTS = ROOT / "benchmarks" / "mlflow-requirements.txt"
ENVIRONMENT = ROOT / ".data" / "bench" / "mlflow"
PYTHON = ENVIRONMENT / "bin" / "python"
START_SECONDS = 120.0
NAME = f"MLflow {REQUIREMENTS.read_text().split('mlflow==')[1].split()[0]}"


def install() -> None:
    """Make MLflow's environment when it is not there yet. Raises CalledProcessError."""
    stamp = ENVIRONMENT / "installed.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return
    print(f"Installing {NAME} into {ENVIRONMENT.relative_to(ROOT)}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "-r", str(REQUIREMENTS)], check=True)
    stamp.write_text(REQUIREMENTS.read_text())


class MlflowServer:
    """A running MLflow on SQLite (url None) or on a PostgreSQL database."""

    def __init__(self, folder: Path, url: str | None) -> None:
        install()
        folder.mkdir()
        self.file = folder / "mlflow.db"
        self.url = url
        self.port = free_port()
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("MLFLOW", "DJANGO"))}
        self.environment = environment | {
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{self.port}",
            "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        store = url.replace("://", "+psycopg2://", 1) if url else f"sqlite:///{self.file}"
        command = [str(PYTHON), "-m", "mlflow", "server", "--backend-store-uri", store, "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--artifacts-destination", str(folder / "artifacts")]
        self._kept = Kept(command, log=folder / "log", environment=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self._kept.running or time.monotonic() > deadline:
                raise RuntimeError(f"MLflow did not start:\n{self._kept.log.read_text()[-3_000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
            return True
        return False

    def stop(self) -> None:
        self._kept.stop()

    def drive(self, **task: Any) -> Any:
        """What benchmarks/mlflow_driver.py answers to a task, run with MLflow's own client."""
        command = [str(PYTHON), str(ROOT / "benchmarks" / "mlflow_driver.py")]
        ended = subprocess.run(
            command, input=json.dumps(task), env=self.environment, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise RuntimeError(ended.stderr[-3_000:])
        return json.loads(ended.stdout.splitlines()[-1])

    def fill(self, runs: Sequence[str], key: str, columns: Sequence[np.ndarray]) -> None:
        """Put one column a run into its own table by SQL; over HTTP this would take minutes."""
        for run, column in zip(runs, columns, strict=True):
            rows = [(key, float(value), START_MS + step, step, run) for step, value in enumerate(column)]
            if self.url is None:
                with contextlib.closing(sqlite3.connect(self.file, timeout=60)) as file, file:
                    file.executemany(
                        "INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan) VALUES (?, ?, ?, ?, ?, 0)",
                        rows,
                    )
                continue
            statement = "COPY metrics (key, value, timestamp, step, run_uuid, is_nan) FROM STDIN"
            with psycopg.connect(self.url) as connection, connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row((*row, False))
        if self.url is not None:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE metrics")

    def size(self) -> int:
        """Bytes of what holds its metrics; on SQLite those of the whole file."""
        if self.url is None:
            return sqlite_used_bytes(self.file)
        with psycopg.connect(self.url, autocommit=True) as connection:
            return relation_bytes(connection, ["metrics", "latest_metrics"])

    def chart(self, runs: Sequence[str], key: str) -> bytes:
        """What its chart page asks for: a sample of one metric of some runs."""
        query = [("run_ids", run) for run in runs] + [("metric_key", key), ("max_results", str(SAMPLE))]
        path = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=120) as answer:
            body: bytes = answer.read()
        return body


SAMPLE = 320  # points a run: what MLflow's pages ask for
