"""Runs benchmarks and prints their tables.

python -m benchmarks [names…] [--quick] [--markdown FILE] [--on SQLite|PostgreSQL] [--no-mlflow]
"""

import argparse
import os
import platform
import re
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    bulk_ingest,
    chart_groups,
    chart_read,
    classes,
    confusion,
    console,
    drawn_lines,
    export,
    live_ingest,
    live_page,
    many_panels,
    outlook,
    panel_data,
    pictures,
    plots,
    publishing,
    report_page,
    run_table,
    scripts,
    scrubbing,
    storage,
    table_page,
)
from benchmarks.house import DATABASES, House, Sizes
from benchmarks.tables import Table
from tests.services.finders import Missing, install_missing

BENCHMARKS: dict[str, Callable[[House], list[Table]]] = {
    "bulk_ingest": bulk_ingest.measure,
    "live_ingest": live_ingest.measure,
    "chart_read": chart_read.measure,
    "chart_groups": chart_groups.measure,
    "storage": storage.measure,
    "run_table": run_table.measure,
    "plots": plots.measure,
    "pictures": pictures.measure,
    "table_page": table_page.measure,
    "live_page": live_page.measure,
    "many_panels": many_panels.measure,
    "classes": classes.measure,
    "panel_data": panel_data.measure,
    "confusion": confusion.measure,
    "report_page": report_page.measure,
    "publishing": publishing.measure,
    "export": export.measure,
    "console": console.measure,
    "outlook": outlook.measure,
    "scrubbing": scrubbing.measure,
    "drawn_lines": drawn_lines.measure,
    "client_log": scripts.client_log,
    "compare_page": scripts.compare_page,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=f"some of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the code: the figures mean nothing")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--on", choices=DATABASES, action="append", help="only on this database")
    parser.add_argument("--no-mlflow", action="store_true", help="leave the MLflow baselines out")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - BENCHMARKS.keys():
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    try:
        install_missing()
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    failed = []
    texts = [f"Measured on {machine()}{', --quick' if chosen.quick else ''}.\n"]
    print(texts[0], flush=True)
    with House(Sizes(chosen.quick), tuple(chosen.on or DATABASES), with_mlflow=not chosen.no_mlflow) as house:
        for name in chosen.names or BENCHMARKS:
            began = time.monotonic()
            try:
                tables = BENCHMARKS[name](house)
            except Exception:
                traceback.print_exc()
                failed.append(name)
                continue
            for table in tables:
                texts.append(table.markdown())
                print(texts[-1], flush=True)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if chosen.markdown:
        chosen.markdown.write_text("\n".join(texts))
    if failed:
        print(f"These did not run to their end: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def machine() -> str:
    """Cores, processor, memory and versions: what a figure depends on."""
    model = platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    information = Path("/proc/cpuinfo")
    if information.exists():
        said = re.search(r"model name\s*: (.*)", information.read_text())
        model = f"{said[1]} ({model})" if said else model
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
