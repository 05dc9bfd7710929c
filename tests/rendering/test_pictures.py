"""Pictures drawn in processes of their own: what they show, and that no spec harms, reads or outlasts them.

Hostile specs come here past the checks, which refuse them before: this is the second lock.
"""

import http.server
import subprocess
import sys
import threading
from typing import Any
from xml.etree import ElementTree

import numpy as np
import orjson
import pyarrow as pa
import pytest
from PIL import Image

from apps.core.errors import TrackerError
from apps.rendering import pictures, processes
from apps.rendering.errors import CannotRender, PicturesBusy
from apps.rendering.limits import MAX_ROWS
from apps.rendering.pictures import picture
from apps.rendering.svg import checked
from tests.rendering.images import opened

VEGA = "https://vega.github.io/schema/vega/v6.json"
LINES = {
    "data": {"name": "loss"},
    "mark": "line",
    "encoding": {
        "x": {"field": "step", "type": "quantitative"},
        "y": {"field": "value", "type": "quantitative"},
        "color": {"field": "run", "type": "nominal"},
    },
}
ROWS = [{"run": run, "step": step, "value": step * size} for run, size in (("one", 1), ("two", 2)) for step in range(5)]


@pytest.fixture(autouse=True, scope="module")
def no_process_stays():
    yield
    processes.close_all()


@pytest.fixture
def impatient(monkeypatch):
    """Two seconds for a chart instead of ten."""
    monkeypatch.setattr(pictures, "DRAW_SECONDS", 2.0)


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if element.text]


def drawn(spec=LINES, rows=ROWS, **more):
    return picture(spec, {"loss": rows}, **more)


def test_a_chart_is_drawn_as_an_svg_that_names_its_runs():
    svg = drawn(width=300, height=200)
    assert {"one", "two", "step", "value"} <= set(texts(svg))
    assert svg.count(b"<path") > 2


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        {name: [row[name] for row in ROWS] for name in ROWS[0]},
        pa.table({name: [row[name] for row in ROWS] for name in ROWS[0]}),
    ],
    ids=["rows", "columns", "Arrow"],
)
def test_rows_columns_and_tables_give_the_same_picture(rows):
    assert drawn(rows=rows) == drawn()


def test_a_chart_is_painted_as_a_png_of_its_size_in_the_theme():
    light, dark = (
        opened(drawn(kind="png", width=300, height=200, scale=1, theme=theme)) for theme in ("light", "dark")
    )
    assert light.size == dark.size
    assert light.size == (300, 200)
    assert light.getpixel((2, 2)) == (0xFC, 0xFC, 0xFB, 255)
    assert dark.getpixel((2, 2)) == (0x12, 0x14, 0x18, 255)
    double = opened(drawn(kind="png", width=300, height=200, scale=2))
    assert (double.width, double.height) == (2 * light.width, 2 * light.height)


def test_vega_is_drawn_too_and_rows_reach_data_in_groups():
    spec = {
        "$schema": VEGA,
        "width": 50,
        "height": 50,
        "marks": [
            {
                "type": "group",
                "data": [{"name": "loss"}],
                "marks": [
                    {"type": "text", "from": {"data": "loss"}, "encode": {"enter": {"text": {"field": "run"}}}},
                ],
            }
        ],
    }
    assert texts(drawn(spec)).count("one") == 5


def test_names_with_markup_and_control_characters_are_drawn_as_text():
    name = "<script>alert(1)</script>\x01\u202e&\"'"
    svg = drawn(rows=[{"run": name, "step": 1, "value": 1}, {"run": "a\ufffe\x08\\u0001", "step": 2, "value": 1}])
    assert {"<script>alert(1)</script>\u202e&\"'", "a\\u0001"} <= set(texts(svg))
    assert b"<script" not in svg


def test_numbers_that_are_not_finite_are_gaps():
    assert drawn(rows=[{"run": "a", "step": 1, "value": float("nan")}, {"run": "a", "step": 2, "value": 1.0}])


def test_a_chart_that_vega_cannot_draw_says_why():
    with pytest.raises(CannotRender, match="could not be drawn: "):
        drawn({"$schema": VEGA, "marks": [{"type": "rect", "from": {"data": "nowhere"}}]})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"width": 2_001}, "width is 1..2,000 px; 2,001 came"),
        ({"height": 0}, "height is 1..2,000 px; 0 came"),
        ({"scale": 5}, r"scale is 0.1..4; 5 came"),
    ],
)
def test_a_picture_that_is_too_large_is_refused_with_both_figures(asked, said):
    with pytest.raises(CannotRender, match=said):
        drawn(**asked)


def test_too_many_rows_are_refused_with_both_figures():
    with pytest.raises(CannotRender, match=f"at most {MAX_ROWS:,} rows; {MAX_ROWS + 1:,} came"):
        drawn(rows={"step": range(MAX_ROWS + 1)})


# --- what hostile specs reach: nothing


@pytest.fixture
def server():
    """A web server beside us that counts who asks."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", asked
        running.shutdown()
        thread.join()


def image_marks(url):
    mark = {
        "type": "image",
        "encode": {"enter": {"url": {"value": url}, "width": {"value": 50}, "height": {"value": 50}}},
    }
    return {"$schema": VEGA, "width": 60, "height": 60, "marks": [mark]}


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_picture_from_a_server_is_neither_fetched_nor_left_in_the_answer(server, kind):
    url, asked = server
    with pytest.raises(CannotRender, match="hold no links, pictures or scripts"):
        drawn(image_marks(f"{url}a.png"), kind=kind)
    assert asked == []


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_picture_from_the_disk_is_not_read(tmp_path, kind):
    path = tmp_path / "red.png"
    Image.new("RGB", (50, 50), "red").save(path)
    with pytest.raises(CannotRender, match="hold no links, pictures or scripts"):
        drawn(image_marks(f"file://{path}"), kind=kind)


def test_data_from_a_server_or_the_disk_is_not_read(server, tmp_path):
    url, asked = server
    path = tmp_path / "secret.csv"
    path.write_text("run,step,value\nsecret,1,1\n", encoding="utf-8")
    for address in (f"{url}a.csv", f"file://{path}", str(path)):
        try:
            svg = drawn({**LINES, "data": {"url": address}})
        except CannotRender:
            continue
        assert b"secret" not in svg
    assert asked == []


def test_a_link_is_not_left_in_the_answer():
    with pytest.raises(CannotRender, match="hold no links"):
        drawn({**LINES, "mark": {"type": "point", "href": "https://example.org"}})


def test_the_process_can_open_nothing_even_when_it_is_told_to_paint_a_picture_from_the_disk(tmp_path, server):
    """Past every check: the SVG is given to the painter as if it had been drawn."""
    url, asked = server
    path = tmp_path / "red.png"
    Image.new("RGB", (50, 50), "red").save(path)
    for address in (f"file://{path}", str(path), f"{url}a.png"):
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="50" height="50">'
            f'<image width="50" height="50" xlink:href="{address}" href="{address}"/></svg>'
        )
        process = processes.DrawingProcess()
        try:
            painted = process.ask(orjson.dumps({"paint": svg, "scale": 1}), 10)
        except (CannotRender, processes.Died):
            continue
        finally:
            process.close()
        assert not (np.asarray(opened(painted)) == (255, 0, 0, 255)).all(axis=2).any()
    assert asked == []


def test_a_drawing_process_may_change_no_file(tmp_path):
    """What needs no open file: removing, renaming and making folders, running programs."""
    kept = tmp_path / "kept"
    kept.write_text("x", encoding="utf-8")
    tries = f"""
import os, runpy
known = runpy.run_path({str(processes.PROGRAM)!r})["forbid_changes"]()
failed = 0
for what in (
    lambda: os.unlink({str(kept)!r}),
    lambda: os.rename({str(kept)!r}, {str(kept) + "2"!r}),
    lambda: os.mkdir({str(tmp_path / "made")!r}),
    lambda: os.execv("/bin/true", ["true"]),
):
    try:
        what()
    except PermissionError:
        failed += 1
print(known, failed)
"""
    ended = subprocess.run([sys.executable, "-I", "-c", tries], capture_output=True, text=True, check=True)
    if ended.stdout.startswith("False"):
        pytest.skip("this kernel has no Landlock")
    assert ended.stdout.split() == ["True", "4"]
    assert kept.read_text(encoding="utf-8") == "x"


# --- how long and how large hostile specs may be


def layers_in_layers(depth: int) -> dict[str, Any]:
    spec: dict[str, Any] = LINES
    for _ in range(depth):
        spec = {"layer": [spec]}
    return spec


ENDLESS: dict[str, Any] = {
    "a sequence without end": {**LINES, "data": {"sequence": {"start": 0, "stop": 1, "step": 1e-9}}},
    "a pattern that backtracks": {
        **LINES,
        "transform": [{"calculate": "test(regexp('^(([a-z])+.)+[A-Z]([a-z])+$'), datum.run)", "as": "b"}],
    },
    "a long sequence": {**LINES, "data": {"sequence": {"start": 0, "stop": 1e9}}},
    "padding": {**LINES, "transform": [{"calculate": "pad('a', 2000000000)", "as": "b"}]},
    "layers in layers": layers_in_layers(3_000),
    "ticks": {**LINES, "encoding": {"x": {"field": "step", "type": "quantitative", "axis": {"tickCount": 1e9}}}},
}


@pytest.mark.parametrize("spec", ENDLESS.values(), ids=ENDLESS.keys())
def test_an_endless_chart_is_stopped_with_words_and_the_next_one_is_drawn(spec, impatient):
    rows = [{"run": "a" * 60, "step": 1, "value": 1}]
    with pytest.raises(CannotRender, match=r"longer than 2 s to draw|could not be drawn"):
        drawn(spec, rows)
    assert drawn()


def test_a_picture_whose_rows_make_it_huge_is_refused_before_it_is_painted():
    with pytest.raises(CannotRender, match=r"200,\d+ × \d+ px; at most 4,000 px"):
        drawn({**LINES, "width": 200_000}, kind="png")
    with pytest.raises(CannotRender, match="at most 32,000,000 are painted"):
        drawn({**LINES, "width": 3_000, "height": 3_000}, kind="png", scale=2)


def test_a_million_rows_in_the_document_end_in_time(impatient):
    spec = {**LINES, "data": {"values": [{"step": step, "value": step} for step in range(1_000_000)]}}
    with pytest.raises(CannotRender):
        drawn(spec)


def test_what_somebody_wrote_is_drawn_in_a_process_that_ends_and_ours_in_one_that_stays():
    pool = processes.Pool()
    try:
        with pool.process(own=True) as first:
            pass
        with pool.process(own=True) as second:
            pass
        with pool.process(own=False) as third:
            assert third is not second
        with pool.process(own=False) as fourth:
            assert fourth is not third
        assert first is second
        assert third.ended
        assert not first.ended
    finally:
        pool.close()


def test_a_process_that_has_grown_large_paints_what_it_drew_and_makes_room(monkeypatch):
    pool = processes.Pool()
    monkeypatch.setattr(pictures, "pool", lambda: pool)
    try:
        with pool.process(own=True) as first:
            first.large = True
            assert first.ask(orjson.dumps({"paint": "<svg xmlns='http://www.w3.org/2000/svg'/>", "scale": 1}), 10)
            first.large = True
        with pool.process(own=True) as second:
            assert second is not first
        assert drawn(kind="png", own=True)
        with pool.process(own=True) as third:
            assert third is second  # one that has drawn little is not large, whatever the size of who started it
    finally:
        pool.close()


def test_a_process_that_ended_while_it_had_nothing_to_do_is_replaced():
    pool = processes.Pool()
    try:
        with pool.process(own=True) as first:
            pass
        first._process.kill()
        first._process.wait()
        with pool.process(own=True) as second:
            assert second is not first
    finally:
        pool.close()


def test_more_pictures_than_may_wait_are_refused_with_when_to_come_again(monkeypatch):
    monkeypatch.setattr(processes, "MOST_WAITING", 0)
    pool = processes.Pool()
    held = [pool.process(own=True) for _ in range(processes.AT_ONCE)]
    try:
        for one in held:
            one.__enter__()
        with (
            pytest.raises(PicturesBusy, match="2 pictures are being drawn and 0 wait") as refused,
            pool.process(own=True),
        ):
            pass
        assert refused.value.status == 503
        assert refused.value.retry_after == processes.AGAIN_SECONDS
    finally:
        for one in held:
            one.__exit__(None, None, None)
        pool.close()


def test_a_turn_that_does_not_come_is_given_up(monkeypatch):
    monkeypatch.setattr(processes, "WAIT_SECONDS", 0.1)
    pool = processes.Pool()
    held = [pool.process(own=True) for _ in range(processes.AT_ONCE)]
    try:
        for one in held:
            one.__enter__()
        with pytest.raises(PicturesBusy, match="turn did not come"), pool.process(own=True):
            pass
    finally:
        for one in held:
            one.__exit__(None, None, None)
        pool.close()
    with pool.process(own=True):
        pass
    pool.close()


def test_many_askers_at_once_all_get_their_picture_or_are_told_to_come_again():
    answers = []

    def ask():
        try:
            answers.append(drawn(own=True))
        except TrackerError as refused:
            answers.append(refused.status)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pictures_drawn = [one for one in answers if isinstance(one, bytes)]
    assert len(answers) == 12
    assert len(set(pictures_drawn)) == 1
    assert len(pictures_drawn) >= processes.AT_ONCE + processes.MOST_WAITING
    assert {one for one in answers if not isinstance(one, bytes)} <= {503}


# --- what a drawing process may answer


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        '<image href="x"/>',
        '<a href="https://example.org"><text>x</text></a>',
        '<use href="#x"/>',
        "<foreignObject/>",
        "<style>@import 'x';</style>",
        '<path onclick="x"/>',
        '<path style="fill: url(http://example.org/a#b)"/>',
        '<path fill="url(http://example.org/a#b)"/>',
        r'<path style="fill: \75rl(x)"/>',
        '<text xml:base="http://example.org">x</text>',
        '<animate attributeName="x"/>',
    ],
)
def test_an_svg_that_is_more_than_a_drawing_is_refused(inner):
    with pytest.raises(CannotRender, match="no links, pictures or scripts"):
        checked(f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>'.encode())


@pytest.mark.parametrize(
    "text", ['<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "<?xml-stylesheet href='x'?><svg/>", "<svg", ""]
)
def test_what_is_no_plain_svg_is_refused(text):
    with pytest.raises(CannotRender):
        checked(text.encode())
