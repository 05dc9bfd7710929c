"""`make test`: the whole suite against real servers of its own.

It starts one throwaway PostgreSQL and one Redis for all passes. Words after `python -m tests.run` go to every pytest.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from tests.services.finders import Missing, install_missing
from tests.services.servers import start_postgresql, start_redis
from tests.services.site import MIGRATED

SAME_EVERYWHERE = (  # what no database changes
    *("tests/hosting/test_fuzz.py", "tests/transfer/test_hostile_archives.py", "tests/core"),
    *("tests/accounts/test_permissions.py", "tests/runs/test_filter_language.py", "tests/plots/test_importance.py"),
    *("tests/plots/test_pictures.py", "tests/panels/test_pictures.py", "tests/custom_panels/test_gallery_pictures.py"),
    *("tests/custom_panels/test_gallery.py", "tests/pull_requests", "tests/evaluation", "tests/rendering"),
    *(f"tests/reports/test_{name}.py" for name in ("comment_text", "exports", "marks", "rendering", "single_file")),
    *("tests/reports/test_plots.py", "tests/reports/test_custom_panels.py", "tests/sharing/test_shared_version.py"),
)
BOTH_PLANES = (  # what writes to both, or reads both for one answer
    *("tests/history", "tests/console", "tests/ingest", "tests/panels/test_series.py"),
    *("tests/runs/test_removal.py", "tests/runs/test_values.py", "tests/transfer/test_run_export.py"),
)
# Three, as a third of the time is waiting. A file's tests stay with one of them, for the sake of their fixtures, and
# files begin in their order: the long ones are not the last.
SHARED = ("-n", "3", "--dist=loadfile", "--no-loadscope-reorder")
# The series plane by itself, which two databases hold on PostgreSQL too.
OF_TWO = ("tests/history", "tests/console")
PASSES: dict[str, tuple[str, list[str]]] = {
    "SQLite": ("sqlite", [*SHARED, "tests", "--ignore=tests/system"]),
    "PostgreSQL": ("postgresql", [*SHARED, "tests", *(f"--ignore={path}" for path in (*SAME_EVERYWHERE, *OF_TWO))]),
    "two databases": ("two", [*SHARED, *BOTH_PLANES]),
    "whole sites": ("sqlite", [*SHARED, "tests/system"]),
}
# What runs at the same time: whole sites are waited for more than they work.
TURNS = (("SQLite",), ("PostgreSQL", "whole sites"), ("two databases",))


def main(words: list[str]) -> int:
    try:
        install_missing()
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    migrated = tempfile.TemporaryDirectory(prefix="paceline-migrated-")
    build(migrated.name)
    os.environ[MIGRATED] = migrated.name
    postgresql, os.environ["PACELINE_TEST_POSTGRESQL"] = start_postgresql()
    redis, os.environ["PACELINE_TEST_REDIS"] = start_redis()
    passed = {}
    try:
        for turn in TURNS:
            with ThreadPoolExecutor(len(turn)) as pool:
                for name, result in zip(turn, pool.map(lambda name: passed_on(name, words), turn), strict=True):
                    passed[name] = result
    finally:
        postgresql.stop()
        redis.stop()
        migrated.cleanup()
    print()
    for name, (code, seconds) in passed.items():
        print(f"{name:15} {'FAILED' if code else 'passed'} in {seconds:.0f} s")
    return int(any(code for code, _ in passed.values()))


def passed_on(name: str, words: list[str]) -> tuple[int, float]:
    """Run a pass: its exit code, and how long it took. What it says is shown as it comes, or, beside another, after."""
    databases, chosen = PASSES[name]
    alone = any(turn == (name,) for turn in TURNS)
    command = [sys.executable, "-m", "pytest", "-q", "--durations=12", *chosen, *words]
    started = time.monotonic()
    heading = f"\n--- The suite on {name} ---"
    with nullcontext() if alone else tempfile.TemporaryFile("w+") as said:
        if alone:
            print(heading, flush=True)
        code = subprocess.run(
            command, env=os.environ | {"PACELINE_TEST_ON": databases}, stdout=said, stderr=said, check=False
        ).returncode
        if said is not None:
            said.seek(0)
            print(heading, said.read(), sep="\n", flush=True)
    return code, time.monotonic() - started


def build(data: str) -> None:
    """Make once what every site of this code needs: scripts, collected static files, compiled kernels, a database."""
    theirs = ("DATABASE_URL", "SERIES_DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    environment |= {"PACELINE_DATA": data, "DJANGO_SETTINGS_MODULE": "tracker_site.settings"}
    subprocess.run([sys.executable, "manage.py", "prepare"], env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
