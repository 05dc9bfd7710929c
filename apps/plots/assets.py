"""The JavaScript of plots that is made, not written: their compiled specs, and Plotly's bundle for its frame."""

import json
import shutil
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from apps.panels.assets import STAMP, VL_CONVERT, compiled, digest, first_line, replace_file

HERE = Path(__file__).resolve().parent
SOURCES = (HERE / "specs.py", HERE / "assets.py", HERE.parent / "panels" / "specs.py")
STATIC = HERE / "static" / "plots"
SPECS = STATIC / "plot-specs.js"
PLOTLY = STATIC / "plotly.min.js"


def build() -> list[Path]:
    """Write the files that are missing or made from something else. Returns those it wrote."""
    wrote = []
    stamp = f"{STAMP}vl-convert {VL_CONVERT}, altair {version('altair')}, specs {digest(SOURCES)}"
    if first_line(SPECS) != stamp:
        replace_file(SPECS, f"{stamp}\nexport const plotSpecs = {json.dumps(_specs(), separators=(',', ':'))};\n")
        wrote.append(SPECS)
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as bundle:
        if not PLOTLY.exists() or digest([PLOTLY]) != digest([bundle]):
            fresh = PLOTLY.with_suffix(".new")
            shutil.copyfile(bundle, fresh)
            fresh.replace(PLOTLY)
            wrote.append(PLOTLY)
    return wrote


def _specs() -> dict[str, dict[str, object]]:
    from apps.plots import specs  # takes a second, which a start of the site need not pay

    scales: tuple[specs.Scale, ...] = ("linear", "log")
    dots = {f"dots-{x}-{y}": specs.dot_plot(x=x, y=y) for x in scales for y in scales}
    boxes = {f"boxes-{x}": specs.box_plot(x=x, lying=False) for x in scales}
    return compiled(dots | boxes | {f"bars-{x}": specs.box_plot(x=x, lying=True) for x in scales})
