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
from tests.services.site import MIGRATED

OF_REPORTS = (  # text, pictures and pages over queries that other tests ask
    *("blocks", "comment_text", "custom_panels", "editor", "exports", "marks", "plots", "rendering", "report_page"),
    *("run_tables", "single_file", "starts", "tables_in_reports", "differences", "block_picker", "panel_changes"),
)
OF_PAGES = (  # test_every_page.py asks for each of them
    *("class_pages", "code_page", "compare_page", "confusion_pages", "console_page", "curve_pages", "demo"),
    *("files_page", "pages", "project_settings", "system_page", "code_differences"),
)
SAME_EVERYWHERE = (  # what no database changes
    *("tests/hosting/test_fuzz.py", "tests/transfer/test_hostile_archives.py", "tests/core", "tests/pull_requests"),
    *("tests/accounts/test_permissions.py", "tests/runs/test_filter_language.py", "tests/plots/test_importance.py"),
    *("tests/panels", "tests/evaluation", "tests/rendering", "tests/sharing/test_shared_version.py"),
    *(f"tests/{name}_pictures.py" for name in ("plots/test", "custom_panels/test", "custom_panels/test_gallery")),
    *("tests/custom_panels/test_gallery.py", "tests/custom_panels/test_pages.py"),
    *("tests/reports/test_" + name + ".py" for name in OF_REPORTS),
    *("tests/workspace/test_" + name + ".py" for name in OF_PAGES),
)
BOTH_PLANES = (  # what writes to both, or reads both for one answer
    *("tests/history", "tests/console", "tests/ingest", "tests/panels/test_series.py"),
    *("tests/runs/test_removal.py", "tests/runs/test_values.py", "tests/transfer/test_run_export.py"),
)
# Three, as a third of the time is waiting. A file's tests stay with one of them, for the sake of their fixtures, and
# files begin in their order: the long ones are not the last.
SHARED = ("-n", "3", "--dist=loadfile", "--no-loadscope-reorder")
# The series plane by itself, which two databases hold on PostgreSQL too.
OF_TWO = ("tests/history", "tests/console", "tests/ingest")
PASSES: dict[str, tuple[str, list[str]]] = {
    "SQLite": ("sqlite", [*SHARED, "tests", "--ignore=tests/system"]),
    "PostgreSQL": ("postgresql", [*SHARED, "tests", *(f"--ignore={path}" for path in (*SAME_EVERYWHERE, *OF_TWO))]),
    "two databases": ("two", [*SHARED, *BOTH_PLANES]),
    "whole sites": ("sqlite", [*SHARED, "-n", "4", "tests/system"]),  # which wait more than others
}


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
    took: dict[str, str] = {}
    try:
        for name, (databases, chosen) in PASSES.items():
            print(f"\n--- The suite on {name} ---", flush=True)
            started = time.monotonic()
            command = [sys.executable, "-m", "pytest", "-q", "--durations=12", *chosen, *words]
            code = subprocess.run(command, env=os.environ | {"PACELINE_TEST_ON": databases}, check=False).returncode
            took[name] = f"{'passed' if code == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s"
    finally:
        postgresql.stop()
        redis.stop()
        migrated.cleanup()
    print()
    for name, result in took.items():
        print(f"{name:15} {result}")
    return 0 if all(result.startswith("passed") for result in took.values()) else 1


def build(data: str) -> None:
    """Make once what every site of this code needs: scripts, collected static files, compiled kernels, a database."""
    theirs = ("DATABASE_URL", "SERIES_DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    environment |= {"PACELINE_DATA": data, "DJANGO_SETTINGS_MODULE": "tracker_site.settings"}
    subprocess.run([sys.executable, "manage.py", "prepare"], env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
