"""What the text of a comment says of a comparison, and that no text of a user does anything in it. No database."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from apps.reports.text.alike import alike
from apps.reports.text.comment import MAX_LENGTH, comment
from apps.reports.text.inert import WIDTH, clean, columns, cut
from apps.reports.text.sparks import sparks
from apps.reports.text.tables import Curves

ADDRESS = "https://paceline.example/r/3kf0m8w2c9a1b/2/"
HOSTILE = [
    "a|b||c",
    "`code``` `",
    "@ada and @team/all",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "](https://evil.example) [x](javascript:alert(1)) ![p](https://evil.example/p.png)",
    "two\nlines\r\n\n# heading\n| --- |",
    "fixes #123, GH-7 and a/b#9 !5",
    "\u202egnp.exe\u2066 \u200f",
    "www.evil.example https://evil.example me@evil.example",
    "ends with \\",
    "--> <!-- paceline-report:xxxxxxxxxxxxx -->",
    "[report]: https://evil.example",
    "&lt;b&gt; &#64;ada $x$ ~~s~~ **b** _i_",
    "数据增强" * 20,
    "e\u0301" * 200,
    "",
    " \t ",
    "x" * 250,
]


def line(name="mlp", runs=1, **fields):
    ids = [f"{name}-{number}" for number in range(runs)]
    return {"name": name, "runs": ids, "states": {"finished": runs}, "commits": ["3f2a9c1d" * 5], "dirty": 0, **fields}


def metric(key, values, direction="min"):
    figure = {"min": "min", "max": "max"}.get(direction, "last")
    return {"key": key, "direction": direction, "figure": figure, "values": values, "not_finite": [0] * len(values)}


def compared(lines, metrics, base=0, best=1, **fields):
    found = {"baseline": base, "best": best, "left_out": 0, "metrics": metrics, "lines": lines}
    return {**found, "differences": [], "more_differences": 0, "classes": None, **fields}


def facts(found, title="Which rate?", problems=()):
    said = {"report": "3kf0m8w2c9a1b", "title": title, "n": 2, "published_at": "2026-11-22T02:30:00+00:00"}
    return {**said, "problems": list(problems), "comparison": found}


def text_of(found, curves=None, **fields):
    return plain(comment(facts(found, **fields), curves, address=ADDRESS, sha256="ab" * 32))


def plain(text):
    """A comment with all its spaces alike."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def two_lines(**fields):
    values = [[0.06, 0.07, 0.065], [0.04, 0.041, 0.042]]
    metrics = [metric("val/loss", values), metric("val/acc", [[0.9], [0.95]], "max")]
    return compared([line("base", 3), line("wide", 3)], metrics, **fields)


def test_a_comment_begins_with_its_marker_and_leads_to_the_version():
    text = text_of(two_lines())
    assert text.splitlines()[0] == "<!-- paceline-report:3kf0m8w2c9a1b -->"
    assert '<h3><a href="https://paceline.example/r/3kf0m8w2c9a1b/2/">Which rate?</a></h3>' in rendered(text)
    assert "[Version 2][report] · 22 Nov 2026 · SHA-256 `abababababab`" in text


def test_the_verdict_says_who_is_better_by_how_much_and_over_how_many_seeds():
    text = text_of(two_lines())
    assert "**Better** than the baseline on `val/loss`" in text
    assert "- best `wide`: 0.0410 ±0.0010, 3 seeds" in text
    assert "- baseline `base`: 0.0650 ±0.0050, 3 seeds" in text
    assert "- change −0.024 (−37 %) ▲, more than seeds spread" in text
    assert "- commit 3f2a9c1" in text


@pytest.mark.parametrize(
    ("loss", "accuracy", "said"),
    [
        ([[0.5], [0.4]], [[0.9], [0.91]], "**Better** than the baseline on `val/loss`"),
        ([[0.4], [0.5]], [[0.9], [0.8]], "**Worse** than the baseline on `val/loss`"),
        ([[0.5], [0.4]], [[0.9], [0.8]], "**Mixed**: `val/loss` better, `val/acc` worse"),
        ([[0.4], [0.5]], [[0.9], [0.95]], "**Mixed**: `val/loss` worse, others better"),
        ([[0.5], [0.5]], [[0.9], [0.9]], "**No change** beside the baseline on `val/loss`"),
        ([[0.5, 0.7], [0.55, 0.6]], [[0.9], [0.9]], "**No clear change** beside the baseline on `val/loss`"),
        ([[None], [0.5]], [[0.9], [0.9]], "**No verdict** on `val/loss`: not in both"),
        ([[0.5], [0.4]], [[0.90, 0.94], [0.91, 0.90]], "**Better** than the baseline on `val/loss`"),  # seeds differ
    ],
)
def test_verdicts(loss, accuracy, said):
    text = text_of(compared([line("a"), line("b")], [metric("val/loss", loss), metric("val/acc", accuracy, "max")]))
    assert said in text


def test_without_a_baseline_or_a_direction_it_says_so():
    metrics = [metric("val/loss", [[0.5], [0.4]])]
    assert "**No baseline** is named" in text_of(compared([line("a"), line("b")], metrics, base=None))
    unknown = [metric("lr", [[0.5], [0.4]], "unknown")]
    assert "**No verdict** on `lr`: no direction is known" in text_of(
        compared([line("a"), line("b")], unknown, best=None)
    )
    alone = [metric("val/loss", [[0.5, None]])]
    text = text_of(compared([line("a", 2)], alone, base=0, best=None))
    assert "**Nothing to compare**: these are seeds of one setting" in text
    assert "- baseline `a`: 0.5, 1 of 2 seeds" in text
    assert "draws no runs" in text_of(None)
    old = {name: value for name, value in facts(None).items() if name != "comparison"}
    assert "Publish it again" in comment(old, None, address=ADDRESS, sha256="ab" * 32)


def test_what_a_reader_has_to_know_is_said():
    lines = [line("a"), line("b", dirty=1, states={"crashed": 1}, commits=["8bd01aa" + "0" * 33])]
    found = compared(lines, [metric("val/loss", [[0.5], [0.4]])])
    found["metrics"][0]["not_finite"] = [0, 1200]
    text = text_of(found, problems=[{"line": 3, "message": "x"}])
    assert "- commit 8bd01aa, baseline 3f2a9c1" in text
    assert "- ⚠ **uncommitted changes** in 1 of 2 runs" in text
    assert "- ⚠ 1 of 2 runs crashed" in text
    assert "- ⚠ 1 200 points of `val/loss` not finite" in text
    assert "- ⚠ 1 panel could not be drawn" in text


def test_classes_that_lost_and_settings_that_differ_have_their_tables():
    rows = [
        {"name": "pedestrian", "support": 120, "values": [0.91, 0.84]},
        {"name": "gone", "support": 3, "values": [0.5, None]},
        {"name": "road", "support": 9000, "values": [0.99, 0.995]},
    ]
    classes = {"key": "val", "metric": "recall", "direction": "max", "total": 3, "better": 1, "worse": 1, "rows": rows}
    differences = [
        {"section": "config", "name": "lr", "values": ["0.1", "0.02"]},
        {"section": "packages", "name": "torch", "values": ["2.1", ""]},
    ]
    text = text_of(two_lines(classes=classes, differences=differences, more_differences=4))
    assert "- 1 of 3 classes lost `recall`, most `pedestrian` −0.07" in text
    assert [[cell.strip() for cell in row] for row in cells_of(text, "class")] == [
        ["`pedestrian`", "0.84", "−0.07 ▽", "0.91", "120"],
        ["`gone`", "–", "–", "0.5", "3"],
    ]
    assert [[cell.strip() for cell in row] for row in cells_of(text, "setting")] == [
        ["`lr`", "`0.1`", "`0.02`"],
        ["`packages: torch`", "`2.1`", "–"],
    ]
    assert "*and 4 more in the report*" in text


def test_many_runs_are_ten_lines_the_baseline_first_then_the_best():
    values = [[0.5], *([0.4 + number / 100] for number in range(20))]
    text = text_of(compared([line(f"run-{n}") for n in range(21)], [metric("val/loss", values)]))
    names = [row[0].strip() for row in cells_of(text, "run")]
    assert names == [f"`run-{n}`" for n in range(10)]
    assert "*and 11 more in the report*" in text


def test_a_curve_shares_its_axes_with_the_others_and_shows_what_is_not_finite():
    drawn = {
        "from": 0,
        "to": 5,
        "runs": [
            {"run": "a-0", "x": [0, 1, 2, 3, 4, 5], "y": [5, 4, 3, 2, 1, 0], "nonfinite": []},
            {"run": "b-0", "x": [0, 1, 2], "y": [5, 5, None], "nonfinite": [{"x": 2, "kind": "nan", "n": 1}]},
        ],
    }
    assert sparks(drawn, [["a-0"], ["b-0"], ["c-0"]]) == ["▇▇▅▃▂▁", "▇▇×···", ""]
    assert sparks(drawn, [["a-0", "b-0"]])[0][0] == "▇"
    found = compared([line("a"), line("b")], [metric("val/loss", [[0.0], [5.0]])])
    assert "| ▇▇▅▃▂▁ |" in text_of(found, Curves(drawn, log=False))
    flat = {"from": 3, "to": 3, "runs": [{"run": "a", "x": ["3"], "y": [1e308], "nonfinite": []}]}
    assert sparks(flat, [["a"]]) == ["▃·····"]
    assert sparks(flat, [["a"]], log=True) == ["▃·····"]


def run(number, name="mlp", commit="3f2a9c1d", **config):
    facts_ = {"id": f"{name}{number}", "name": f"{name}-seed{number}", "config": {"seed": number, **config}}
    return {
        **facts_,
        "code": {"commit": commit},
        "uncommitted": None,
        "data": None,
        "project": "v/d",
        "group": "",
        "job_type": "",
    }


def test_seeds_of_one_setting_are_one_line_and_other_code_or_settings_are_not():
    found = alike([run(0, lr=0.1), run(1, lr=0.1), run(0, name="wide", lr=0.1, width=2), run(2, lr=0.1)])
    assert [(one.name, len(one.runs)) for one in found] == [("mlp", 3), ("wide-seed0", 1)]
    found = alike([run(0), run(1), run(0, commit="8bd01aa"), run(1, commit="8bd01aa")])
    assert [one.name for one in found] == ["mlp 3f2a9c1", "mlp 8bd01aa"]
    found = alike([run(0, lr=0.1), run(1, lr=0.1), run(0, lr=0.2), run(1, lr=0.2)])
    assert [one.name for one in found] == ["lr=0.1", "lr=0.2"]
    again = [{**run(0), "id": f"again{number}"} for number in range(3)]
    assert [one.name for one in alike(again)] == ["mlp-seed0 (1)", "mlp-seed0 (2)", "mlp-seed0 (3)"]
    alone = [{**run(0), "config": {}}, {**run(1), "config": {}}]
    assert [len(one.runs) for one in alike(alone)] == [1, 1]


# --- whatever users wrote ---


def hostile_comment(text):
    lines = [line(text, 2, commits=[text], states={"crashed": 2}), line(text + "2", 2, dirty=1, commits=[text])]
    rows = [{"name": text, "support": 1, "values": [1.0, 0.5]}]
    classes = {"key": text, "metric": text, "direction": "max", "total": 1, "better": 0, "worse": 1, "rows": rows}
    differences = [{"section": "config", "name": text, "values": [text, text]}]
    metrics = [metric(text, [[0.4, 0.41], [0.3, 0.31]]), metric(text + "x", [[0.4], [0.1]], "max")]
    return text_of(compared(lines, metrics, classes=classes, differences=differences), title=text)


def rendered(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


def cells_of(text, first):
    """The cells of the table whose head begins with a word."""
    lines = text.splitlines()
    begin = next(place for place, line in enumerate(lines) if line.startswith(f"| {first} "))
    rows = []
    for one in lines[begin + 2 :]:
        if not one.startswith("|"):
            break
        rows.append(one.strip("|").split("|"))
    return rows


def assert_inert(text, tables):
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    assert [one.content.strip() for one in tokens if one.type == "html_block"] == [text.splitlines()[0]]
    assert sum(one.type == "table_open" for one in tokens) == tables
    links = []
    for one in tokens:
        level = 0
        for child in one.children or ():
            assert child.type not in ("image", "html_inline", "softbreak" if one.level > 3 else "image")
            if child.type == "link_open":
                links.append(child.attrs["href"])
                level += 1
            elif child.type == "link_close":
                level -= 1
            elif child.type == "text" and not level:
                assert not re.search(r"[@#!]\w|https?:|www\.|GH-", child.content), child.content
            elif child.type == "text":
                assert not re.search(r"@\w", child.content)
    assert set(links) == {ADDRESS}
    for one in text.splitlines():
        if not one.startswith(("### ", "<!-- ", "[report]: ")):
            assert columns(one) <= WIDTH, one
    assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert len(text) <= MAX_LENGTH


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_text(text):
    assert_inert(hostile_comment(text), tables=4)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab@#|`<>[]()!\\*_~&;:/.-\n\r\t \u202e數e\u0301$\"'=\U0001f600"), max_size=40))
def test_any_text_stays_a_text(text):
    found = hostile_comment(text)
    assert_inert(found, tables=4)
    for first, width in (("metric", 4), ("run", 3), ("class", 5), ("setting", 3)):
        assert {len(row) for row in cells_of(found, first)} == {width}


def test_a_long_name_loses_its_middle():
    assert cut("resnet50-augmented-seed17", 12) == "resnet…eed17"
    assert columns(cut("数据增强" * 20, 12)) <= 12
    assert clean("a\u202eb\n c\x00") == "ab c"


def test_a_comment_never_comes_near_the_limit_of_a_host():
    lines = [line("n" * 250 + str(number), 5) for number in range(300)]
    metrics = [metric(f"{'k' * 240}{n}", [[0.1] * 5 for _ in lines]) for n in range(8)]
    rows = [{"name": "c" * 250 + str(n), "support": 10, "values": [0.9, 0.1]} for n in range(20)]
    classes = {
        "key": "k",
        "metric": "m" * 250,
        "direction": "max",
        "total": 999,
        "better": 0,
        "worse": 999,
        "rows": rows,
    }
    differences = [{"section": "config", "name": "s" * 200, "values": ["v" * 200] * 2}] * 40
    text = text_of(compared(lines, metrics, classes=classes, differences=differences), title="t" * 200)
    assert len(text) < 8_000
