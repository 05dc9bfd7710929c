"""Reading the YAML of panel blocks."""

import re
from pathlib import Path

import pytest

from apps.core import ids
from apps.reports.block_fields import MAX_BLOCK_BYTES, BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.kinds.kind import MAX_RUNS, PanelBlock, RunFilter
from apps.reports.kinds.known import KINDS
from apps.reports.kinds.line import LineOptions

FIRST, SECOND = "0123456701234", "0x12345678901"  # YAML 1.1 would read the first as octal, the second as hexadecimal


def test_a_block_says_what_is_drawn():
    block = panel_block(
        f"kind: line\nkeys: [val/loss, on]\nruns: [{FIRST}, {SECOND}]\nx: time\nlog: yes\nsmoothing: 2.5\ntitle: Loss\n"
        "height: 320",
        10,
    )
    assert block == PanelBlock(
        kind=KINDS["line"],
        options=LineOptions(keys=("val/loss", "on"), x="time", log=True, smoothing=2.5),
        line=9,
        runs_line=12,
        run_ids=(ids.from_text(FIRST), ids.from_text(SECOND)),
        title="Loss",
        height=320,
    )


@pytest.mark.parametrize(
    ("runs", "filters"),
    [
        ('{name: "mlp*"}', (RunFilter(names=("mlp*",)),)),
        ("{name: [a, b], group: g, tags: [x, y]}", (RunFilter(("a", "b"), ("g",), ("x", "y")),)),
        ("[{name: a}, {tag: b}]", (RunFilter(names=("a",)), RunFilter(tags=("b",)))),
        ("[{name: a}, {name: a}]", (RunFilter(names=("a",)),)),
        ('{filter: "config.lr < 0.1", tag: x}', (RunFilter(tags=("x",), expressions=("config.lr < 0.1",)),)),
    ],
)
def test_runs_are_chosen_by_name_group_and_tags(runs, filters):
    block = panel_block(f"kind: line\nkeys: loss\nruns: {runs}", 1)
    assert (block.run_ids, block.filters) == ((), filters)


def test_a_block_without_runs_draws_every_run():
    assert panel_block("kind: line\nkey: loss", 1).filters == (RunFilter(),)


def test_ids_and_filters_may_be_mixed_and_an_id_may_be_a_pages_address():
    block = panel_block(
        f"kind: line\nkeys: loss\nruns: [https://example.org/runs/{FIRST}/, {{ids: {SECOND}, name: a}}]", 1
    )
    assert block.run_ids == (ids.from_text(FIRST), ids.from_text(SECOND))
    assert block.filters == (RunFilter(names=("a",)),)


def test_an_option_that_does_nothing_is_noted_with_its_line():
    block = panel_block("kind: line\nkeys: loss\ntitel: Loss", 5)
    assert block.notes == ("Line 7: “titel” is no option of a line panel; did you mean “title”?",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 9, "The block is empty"),
        ("# nothing", 9, "The block is empty"),
        ("- a", 10, "A block is made of lines like"),
        ("keys: loss", 10, "does not say its “kind”"),
        ("kind: lines\nkeys: loss", 10, "no panel kind “lines”; the kinds are: line"),
        ("kind: [line]\nkeys: loss", 10, "“kind” is one text"),
        ("kind: line", 10, "names no metric"),
        ("kind: line\nkeys: []", 11, "names no metric"),
        ("kind: line\nkeys:", 11, "names no metric"),
        ('kind: line\nkeys: ""', 11, "A key has 1 to 250 characters; this one has 0"),
        (f"kind: line\nkeys: {'k' * 251}", 11, "this one has 251"),
        ("kind: line\nkeys: {a: b}", 11, "A key is one text"),
        ("kind: line\nkeys: a\nkeys: b", 12, "“keys” is there twice"),
        ("kind: line\nkeys: [a\nruns: x", 12, "not valid YAML: did not find expected ',' or ']'"),
        ("kind: line\n\tkeys: a", 11, "not valid YAML: found a tab"),
        ("kind: line\nkeys: @a", 11, "put quotes around"),
        ("kind: line\nkeys: \x01", 10, "not valid YAML"),
        ("kind: line\n---\nkeys: a", 11, "more than one document"),
        ("kind: line\nkeys: a\nruns: mlp*", 12, '“mlp*” is no run id (13 characters). By name: “runs: {name: "mlp*"}”'),
        ("kind: line\nkeys: a\nruns: []", 12, "“runs” is empty"),
        ("kind: line\nkeys: a\nruns: {}", 12, "“runs” is empty"),
        ("kind: line\nkeys: a\nruns: {nam: x}", 12, "cannot be chosen by “nam”; did you mean “name”"),
        ("kind: line\nkeys: a\nruns: *mlp", 12, "Anchors and aliases"),
        ("kind: &a line\nkeys: *a", 11, "Anchors and aliases"),
        ('kind: line\nkeys: a\nruns: {filter: "config.lr <"}', 12, "“filter”: "),
        ("kind: line\nkeys: a\nx: epoch", 12, "“x” is step, time, relative or active, not “epoch”"),
        ("kind: line\nkeys: a\nsmoothing: strong", 12, "“smoothing” is a number from 0.001 to 1e+18, not “strong”"),
        ("kind: line\nkeys: a\nsmoothing: .nan", 12, "“smoothing” is a number"),
        ("kind: line\nkeys: a\ngroup: [lr, model]", 12, "“group” of a line panel is one field"),
        ("kind: line\nkeys: a\ngroup: lr\nx: time", 12, "take “x” or “group” out"),
        ("kind: line\nkeys: a\nlog: maybe", 12, "“log” is true or false"),
        ("kind: line\nkeys: a\nheight: 9e9", 12, "from 80 to 1,200, not “9e9”"),
        ("kind: line\nkeys: a\nheight: 79", 12, "from 80 to 1,200"),
        (f"kind: line\nkeys: a\ntitle: {'t' * 201}", 12, "The title has 201 characters"),
        ("? {a: b}\n: c", 10, "A name is one text"),
        ("[" * 20_000, 10, "nested more than 6 deep"),
        (f"kind: line\nkeys: a\nruns: [{', '.join([FIRST] * 2000)}, x]", 12, "“x” is no run id"),
        ("x" * (MAX_BLOCK_BYTES + 1), 10, "has 32,769 bytes; at most 32,768"),
        ("kind: line\nkeys: [" + ", ".join(f"k{n}" for n in range(101)) + "]", 11, "names 101 keys; at most 100"),
    ],
)
def test_a_broken_block_says_what_is_wrong_at_which_line(text, line, words):
    with pytest.raises(BlockProblem) as problem:
        panel_block(text, 10)
    assert words in problem.value.message
    assert problem.value.line == line


def test_a_panel_names_at_most_1000_runs():
    names = [ids.to_text(number) for number in range(1, MAX_RUNS + 2)]
    text = "kind: line\nkeys: a\nruns: [{}]"
    assert len(panel_block(text.format(", ".join(names[:-1])), 1).run_ids) == MAX_RUNS
    with pytest.raises(BlockProblem, match="names 1,001 runs; a panel draws at most 1,000"):
        panel_block(text.format(", ".join(names)), 1)


def test_yaml_tags_make_no_objects():
    block = panel_block("kind: !!python/object/apply:os.system line\nkeys: !!binary aGVsbG8=", 1)
    assert block.options.keys == ("aGVsbG8=",)


def test_the_examples_of_the_documentation_are_read():
    text = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    blocks = re.findall("```panel\n(.*?)```", text, re.S)
    choices = re.findall(r"^runs: .*$", text, re.M)
    assert len(blocks) == 2
    assert len(choices) == 8
    for block in blocks + [f"kind: line\nkeys: a\n{runs}" for runs in choices]:
        assert panel_block(block, 1).notes == ()
