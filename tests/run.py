"""`make test`: the whole suite against real servers of its own.

It starts one throwaway PostgreSQL and one Redis for all passes. Words after `python -m tests.run` go to every pytest.
"""

import os
import subprocess
import sys
import tempfile
import time

from tests.services.finders import Missing, install_missing
from tests.services.servers import start_postgresql, start_redis

PASSES = {
    "SQLite": ("sqlite", ["-n", "2", "tests", "--ignore=tests/system"]),
    "PostgreSQL": ("postgresql", ["-n", "2", "tests"]),
    "two databases": ("two", ["-n", "2", "tests/history", "tests/ingest", "tests/panels", "tests/runs"]),
    "whole sites": ("sqlite", ["-n", "2", "--dist=loadgroup", "tests/system"]),
}


def main(words: list[str]) -> int:
    try:
        install_missing()
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    build()
    postgresql, os.environ["PACELINE_TEST_POSTGRESQL"] = start_postgresql()
    redis, os.environ["PACELINE_TEST_REDIS"] = start_redis()
    took: dict[str, str] = {}
    try:
        for name, (databases, chosen) in PASSES.items():
            print(f"\n--- The suite on {name} ---", flush=True)
            started = time.monotonic()
            command = [sys.executable, "-m", "pytest", "-q", *chosen, *words]
            code = subprocess.run(command, env=os.environ | {"PACELINE_TEST_ON": databases}, check=False).returncode
            took[name] = f"{'passed' if code == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s"
    finally:
        postgresql.stop()
        redis.stop()
    print()
    for name, result in took.items():
        print(f"{name:15} {result}")
    return 0 if all(result.startswith("passed") for result in took.values()) else 1


def build() -> None:
    """Make once what every site of this code needs: scripts, collected static files, compiled kernels."""
    with tempfile.TemporaryDirectory(prefix="paceline-build-") as data:
        theirs = ("DATABASE_URL", "SERIES_DATABASE_URL", "REDIS_URL")
        environment = {name: value for name, value in os.environ.items() if name not in theirs}
        environment |= {"PACELINE_DATA": data, "DJANGO_SETTINGS_MODULE": "tracker_site.settings"}
        subprocess.run([sys.executable, "manage.py", "prepare"], env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
