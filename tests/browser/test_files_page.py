"""A run's files in a real browser: nothing that was uploaded runs; previews, media over steps, delete and undo."""

import json
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import Error, expect

from tests.artifacts.files import HTML, SVG, png, wav
from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
INNER = b"hello <script>document.title = 'ran'</script> <img src=x onerror=\"document.title='ran'\">"


@pytest.fixture(scope="module")
def run(site: "Site") -> Training:
    """A run with files of every kind."""
    made = Training(site, "files", "with files")
    for step in range(0, 100, 10):
        put(made, f"media/val/samples/{step}.png", png(64, 48, (step * 2, 80, 200)))
    put(made, "evil.svg", SVG)
    put(made, "evil.html", HTML)
    put(made, "evil.png", SVG, "image/png")
    put(made, "evil.txt", HTML, "text/plain")
    put(made, "inner.txt", INNER)
    put(made, "real.png", png(20, 20))
    put(made, "tone.wav", wav(0.3))
    put(made, "notes.log", "".join(f"line {n}\n" for n in range(300)).encode())
    put(made, "table.csv", b"name,value\n" + b"".join(b"row,%d\n" % n for n in range(150)))
    put(made, "config.json", json.dumps({"model": {"layers": [1, 2]}, "long": list(range(50))}).encode())
    put(made, "binary.bin", b"\0\1")
    return made


def put(run: Training, path: str, body: bytes, media_type: str = "application/octet-stream") -> None:
    headers = {"Authorization": f"Bearer {run.site.admin_key}", "Content-Type": media_type}
    address = f"{run.site.url}/api/v1/runs/{run.id}/files/{quote(path)}"
    urllib.request.urlopen(urllib.request.Request(address, body, headers, method="PUT"), timeout=30).close()


@pytest.mark.parametrize("path", ["evil.svg", "evil.html", "evil.png", "evil.txt"])
def test_a_page_or_drawing_opened_directly_is_saved_and_does_not_run(
    visit: Visit, page: "Page", run: Training, path: str
) -> None:
    visit(run.path)
    title = page.title()
    with page.expect_download() as saving, pytest.raises(Error, match="Download is starting"):
        page.goto(f"{run.site.url}/api/v1/runs/{run.id}/files/{path}")
    assert saving.value.suggested_filename == path
    assert page.title() == title


def test_a_text_opened_directly_is_only_text(visit: Visit, page: "Page", run: Training) -> None:
    visit(f"/api/v1/runs/{run.id}/files/inner.txt")
    page.wait_for_timeout(200)
    assert page.title() != "ran"
    assert "<script>" in page.locator("body").inner_text()


def test_an_uploaded_page_runs_in_no_frame_or_picture_of_a_page(
    visit: Visit, page: "Page", run: Training, trouble: list[str]
) -> None:
    visit(run.path)
    page.evaluate(
        """paths => Promise.all(paths.map(path => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.onload = frame.onerror = done;
            setTimeout(done, 1000);
            frame.src = path;
            document.body.append(frame);
        })))""",
        [f"/api/v1/runs/{run.id}/files/{path}" for path in ("evil.html", "inner.txt")],
    )
    assert page.title() != "ran"
    trouble.clear()  # frames of files are refused, and say so


def test_a_picture_opens_directly(visit: Visit, page: "Page", run: Training, trouble: list[str]) -> None:
    visit(f"/api/v1/runs/{run.id}/files/real.png")
    expect(page.locator("img")).to_have_count(1)
    trouble.clear()  # the browser's own style around a picture is refused, and that is said


FORMS = [
    *("", "?folder=media", "?folder=media/val/samples", "?file=real.png", "?file=tone.wav", "?file=notes.log"),
    *("?file=table.csv", "?file=config.json", "?file=evil.html", "?file=evil.svg", "?file=binary.bin", "?search=evil"),
]


@pytest.mark.parametrize("form", FORMS)
def test_no_preview_has_errors_or_scrolls_sideways(visit: Visit, phone: Visit, run: Training, form: str) -> None:
    page = visit(f"{run.path}files/{form}")
    page.wait_for_load_state("networkidle")
    assert page.title() != "ran"
    small = phone(f"{run.path}files/{form}")
    small.wait_for_load_state("networkidle")
    assert small.evaluate("document.documentElement.scrollWidth") <= 390


def test_pictures_and_sounds_load_on_the_page(visit: Visit, run: Training) -> None:
    page = visit(f"{run.path}files/?file=real.png")
    page.wait_for_function("document.querySelector('.picture img').naturalWidth === 20")
    page = visit(f"{run.path}files/?file=tone.wav")
    page.wait_for_function("document.querySelector('audio').duration > 0.2")


def test_the_slider_steps_through_the_pictures_of_a_key(visit: Visit, run: Training) -> None:
    page = visit(f"{run.path}files/?folder=media/val/samples")
    picture, step = page.locator("[data-part=picture]"), page.locator("[data-part=step]")
    expect(step).to_have_text("90")
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(step).to_have_text("80")
    expect(picture).to_have_attribute("src", f"/api/v1/runs/{run.id}/files/media/val/samples/80.png")
    page.get_by_role("link", name="Before").click()
    expect(step).to_have_text("70")
    assert "70.png" in page.url
    page.locator("[data-path='media/val/samples/0.png']").click()
    expect(step).to_have_text("0")
    page.reload()
    expect(step).to_have_text("0")
    page.get_by_role("link", name="After").click()
    expect(step).to_have_text("10")


def test_a_file_is_deleted_and_brought_back(visit: Visit, run: Training) -> None:
    put(run, "later/wrong.txt", b"x")
    page = visit(f"{run.path}files/?file=later/wrong.txt")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".undo")).to_contain_text("Deleted later/wrong.txt")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="wrong.txt")).to_be_visible()


def test_json_folds_without_a_script(visit: Visit, run: Training) -> None:
    page = visit(f"{run.path}files/?file=config.json")
    layers = page.locator("summary", has_text="layers")
    expect(layers).to_be_visible()
    page.locator("summary", has_text="model").click()
    expect(layers).not_to_be_visible()
