"""Plots of 100,000 runs over HTTP, made as those of the run table's benchmark.

    python -m benchmarks plots

Baseline of the scatter plot and the histogram: the same values read row by row from the runs' JSON columns, in process
and without HTTP; of the bars: the same groups by a SQL join. Importance is that of ranks; the forest is a process of
its own, which takes as long for 100,000 runs as for 2,000.
"""

from functools import partial
from urllib.parse import urlencode

from benchmarks.house import House, sql
from benchmarks.run_table import asking, fill, milliseconds
from benchmarks.tables import Figure, Table
from tests.services.site import Site

TARGET = ("<=", 300.0)
OURS = "(SELECT id FROM runs_project WHERE slug = 'plots')"
PATH = "/api/v1/projects/admin/plots/plots/"


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    runs = house.sizes.of(100_000, 2_000)
    site = house.site(database)
    fill(site, runs, "plots")
    table = Table(f"Plots of {runs:,} runs on {database}", "python -m benchmarks plots")
    rows = milliseconds(partial(_row_by_row, site), times=3)
    groups = milliseconds(partial(_joined, site), times=3)
    with asking(site) as ask:

        def plot(what: str, kind: str, baseline: str, compared: float, **asked: str | list[str]) -> None:
            path = f"{PATH}{kind}/?{urlencode(asked, doseq=True)}"
            value = milliseconds(partial(ask, "GET", path))
            table.figures.append(Figure(what, value, "ms", TARGET, baseline, compared))

        plot("scatter of a metric over a number", "scatter", "row by row", rows, x="config.k0", y="metric.m0")
        plot(
            "the same, coloured by a category", "scatter", "row by row", rows,
            x="config.k0", y="metric.m0", colour="config.k10",
        )  # fmt: skip
        some = 'config.k0 < 0.01 and config.k10 == "model-3"'
        plot("the same of the runs that pass a filter", "scatter", "row by row", rows,
             x="config.k0", y="metric.m0", filter=some)  # fmt: skip
        plot("histogram of a metric by a category", "histogram", "row by row", rows,
             value="metric.m0", group="config.k10")  # fmt: skip
        plot("bars of a metric by a category", "bars", "SQL join", groups, value="metric.m0", group="config.k10")
        plot("parallel coordinates of four axes", "parallel", "row by row", rows,
             col=["config.k0", "config.k1", "config.k10", "metric.m0"])  # fmt: skip
        plot("importance of settings, ranks", "importance", "row by row", rows, target="metric.m0")
        plot("what a new plot begins with", "suggestion", "row by row", rows)
    return table


def _row_by_row(site: Site) -> None:
    """Two values of every run, from its documents."""
    if site.environment.get("DATABASE_URL"):
        number, metric = "(config->>'k0')::float8", "(summary->>'m0')::float8"
    else:
        number, metric = "json_extract(config,'$.k0')", "json_extract(summary,'$.m0')"
    with sql(site) as run:
        run(
            f"SELECT id, name, {number}, {metric} FROM runs_run "
            f"WHERE deleted_at IS NULL AND archived_at IS NULL AND project_id = {OURS}"
        )


def _joined(site: Site) -> None:
    """Count, mean, lowest and highest of each category's metric, by the database."""
    key = f"(SELECT id FROM run_value_key WHERE namespace = '{{}}' AND name = '{{}}' AND project_id = {OURS})".format
    with sql(site) as run:
        run(
            "SELECT g.text, count(*), avg(v.number), min(v.number), max(v.number) FROM run_value g "
            f"JOIN run_value v ON v.run_id = g.run_id AND v.key_id = {key('metric.last', 'm0')} "
            f"WHERE g.key_id = {key('config', 'k10')} GROUP BY g.text"
        )
