"""Pictures of every page, desktop and telephone, light and dark, from a running demo into docs/screens/.

    python -m tests.screens [--data FOLDER] [--only NAME …]

--data: the data folder of an earlier demo, so that its trainings need not run again.
"""

import argparse
import io
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.keeper import ROOT
from tests.services.site import Site

FOLDER = ROOT / "docs" / "screens"
DEMO_SECONDS = 1_200
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
COLOURS = 256


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path)
    asked.add_argument("--only", nargs="*", default=[])
    said = asked.parse_args()
    site = Site(said.data or Path(tempfile.mkdtemp(prefix="paceline-screens-")), PACELINE_DEMO="1")
    try:
        wait_for_demo(site)
        FOLDER.mkdir(parents=True, exist_ok=True)
        program = chromium_program()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(program), args=QUIET_CHROMIUM)
            for name, path in pages(site):
                if not said.only or name in said.only:
                    shoot(site, browser, name, path)
            browser.close()
    finally:
        if said.data is None:
            site.close()
        else:
            site.stop()
    return 0


def wait_for_demo(site: Site) -> None:
    """Until the last demo run has finished."""
    deadline = time.monotonic() + DEMO_SECONDS
    while time.monotonic() < deadline:
        done = site.manage("shell", "-v", "0", "-c", _DEMO_STATE)
        if done.splitlines()[-1:] == ["done"]:
            return
        print("The demo is training …", flush=True)
        time.sleep(10)
    raise TimeoutError(f"The demo was not done after {DEMO_SECONDS} s.")


_DEMO_STATE = (
    "from apps.workspace.demo.progress import read_progress; p = read_progress(); print(p.state if p else 'waiting')"
)


def ask(site: Site, path: str) -> Any:
    request = urllib.request.Request(site.url + path, headers={"Authorization": f"Bearer {site.admin_key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """Name and path of every page worth a picture."""
    project = max(demo_projects(site), key=lambda one: int(one["runs"]))["path"]
    runs = ask(site, f"/api/v1/projects{project}runs/?limit=500")["runs"]
    by_name = {run["name"]: run["id"] for run in runs}
    chosen = [by_name[name] for name in sorted(by_name)]
    few = chosen[:: max(1, len(chosen) // 5)][:5]
    longest = max(runs, key=lambda run: run["points"])
    compared = "&".join(f"run={one}" for one in few)
    yield "home", "/"
    yield "project", project
    yield "runs", f"{project}runs/?fresh=1"
    yield "runs-baseline", f"{project}runs/?base={few[0]}"
    best = 'metric["val/accuracy"].best'
    yield (
        "runs-scatter",
        f"{project}runs/?{plotted(kind='scatter', x='config.lr', x_log='1', y=best, colour='config.model')}",
    )
    axes = {"col": ["config.model", "config.lr", "config.batch_size", best]}
    yield "runs-parallel", f"{project}runs/?{plotted(kind='parallel', colour=best, **axes)}"
    yield "runs-importance", f"{project}runs/?{plotted(kind='importance', target=best)}"
    yield "project-pinned", f"{project}?pin={runs[3]['id']}"
    yield "compare", f"{project}compare/?{compared}"
    yield "compare-classes", f"{project}compare/?{compared}#classes"
    yield "compare-many", f"{project}compare/?" + "&".join(f"run={one}" for one in chosen[:40])
    yield "compare-code", f"{project}compare/code/?run={few[0]}&run={few[1]}"
    yield "run", f"/runs/{few[0]}/"
    yield "run-long", f"/runs/{longest['id']}/"
    yield "run-classes", f"/runs/{few[1]}/classes/"
    yield "run-confusion", f"/runs/{few[1]}/confusion/"
    yield "compare-confusion", f"{project}compare/confusion/?{compared}"
    yield "run-system", f"/runs/{few[0]}/system/?x=relative"
    yield "run-code", f"/runs/{few[0]}/code/"
    yield "run-console", f"/runs/{few[0]}/console/"
    yield "run-files", f"/runs/{few[0]}/files/"
    yield "project-grouped", f"{project}?group_by=-config.seed"
    yield "panel-large", f"/runs/{longest['id']}/?panel={large_key(site, longest['id'])}"
    yield "panels", f"{project}panels/"
    yield "panel-new", f"{project}panels/new/?from=seed-spread"
    yield "reports", f"{project}reports/"
    reports = ask(site, f"/api/v1/projects{project}reports/").get("reports", [])
    if reports:
        yield "report", f"/r/{reports[0]['id']}/"
        yield "report-edit", f"/r/{reports[0]['id']}/edit/"
    yield "first-lines", "/admin/first-lines/"
    yield "keys", "/accounts/keys/"
    yield "account", "/accounts/"
    yield "team", "/teams/admin/"
    yield "storage", "/teams/admin/storage/"
    yield "audit", "/teams/admin/audit/"
    yield "project-settings", f"{project}settings/"
    yield "sign-in", "/accounts/sign-in/"
    yield "not-found", "/admin/no-such-project/"
    yield "api", "/api/docs/"


def plotted(**plot: Any) -> str:
    """The query of a run table with a plot above it."""
    return urlencode({"plot": urlencode(plot, doseq=True)})


def demo_projects(site: Site) -> list[dict[str, str]]:
    """Projects with their run counts; makes an empty one, for the picture of an empty page."""
    code = (
        "from apps.runs.models import Project; from apps.accounts.models import Team; "
        "Project.objects.get_or_create(team=Team.objects.get(slug='admin'), slug='first-lines'); "
        "[print(p.get_absolute_url(), p.runs.count()) for p in Project.objects.all()]"
    )
    lines = site.manage("shell", "-v", "0", "-c", code).splitlines()
    return [dict(zip(("path", "runs"), line.split(), strict=True)) for line in lines if line.startswith("/")]


def large_key(site: Site, run: str) -> str:
    return max(ask(site, f"/api/v1/runs/{run}/")["metrics"].items(), key=lambda one: one[1]["nan"])[0]


def shoot(site: Site, browser: Browser, name: str, path: str) -> None:
    """Four pictures of one page: what a person sees first, without scrolling."""
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            phone = size == "phone"
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                has_touch=phone,
                is_mobile=phone,
            )
            page = context.new_page()
            if name != "sign-in":
                site.sign_in(page)
            page.goto(site.url + path)
            settle(page)
            save(page.screenshot(), FOLDER / f"{name}-{size}-{scheme}.png")
            context.close()
    print(f"{name}: {path.split('?')[0]}", flush=True)


def settle(page: Page) -> None:
    """Until every panel in view is drawn and nothing is on its way."""
    page.wait_for_load_state("networkidle")
    for _ in range(100):
        waiting = page.locator("panel-chart, run-plot, custom-panel").evaluate_all(
            """panels => panels.filter(panel => {
                const box = panel.getBoundingClientRect();
                const seen = box.width > 0 && box.top < innerHeight && box.bottom > 0;
                return seen && (!panel.dataset.state || panel.ariaBusy);
            }).length"""
        )
        if waiting == 0:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(300)


def save(png: bytes, path: Path) -> None:
    """A PNG of the picture's most frequent colours: a third of the size, hairlines and run colours exact."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    pixels, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    palette = Image.new("P", (1, 1))
    palette.putpalette(pixels[np.argsort(-counts, kind="stable")][:COLOURS].flatten().tolist())
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
