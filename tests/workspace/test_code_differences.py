"""What differs between the code of two runs: exact where it can be known, said where it cannot."""

import io
import random
from difflib import unified_diff
from typing import Any

import pytest

from apps.artifacts.services import put_file
from apps.core.diffs import DiffLine, pairs, parsed
from apps.runs.models import Run
from apps.workspace.code_differences import FileDifference, code_differences
from apps.workspace.highlighting import Colours
from apps.workspace.shown_diffs import FOLDED_FROM
from tests.factories import browser, make_run, team_admin

BASE = [f"line {place}" for place in range(1, 41)]


def patch(before: list[str], after: list[str], name: str = "train.py", blob: str = "1234567") -> str:
    """What git would say of a file."""
    lines = list(unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm=""))
    return "\n".join([f"diff --git a/{name} b/{name}", f"index {blob}..7654321 100644", *lines, ""]) if lines else ""


def between(first: str, other: str, **how: Any) -> list[FileDifference]:
    return code_differences(parsed(first, 10_000), parsed(other, 10_000), **{"same_commit": True, **how})


def changed(lines: list[str], **at: str) -> list[str]:
    """Lines with some replaced: changed(BASE, _3="x")."""
    return [at.get(f"_{place}", line) for place, line in enumerate(lines, 1)]


def marks(one: FileDifference) -> list[tuple[str, int | None, int | None, str]]:
    return [(line.kind, line.old, line.new, line.text) for line in one.lines if line.kind not in ("same", "hunk")]


def test_what_differs_between_two_changes_is_found_and_what_both_did_is_not():
    first = patch(BASE, changed(BASE, _3="both", _10="lr = 0.1"))
    other = patch(BASE, changed(BASE, _3="both", _10="lr = 0.3"))
    (one,) = between(first, other)
    assert (one.kind, one.added, one.removed) == ("differs", 1, 1)
    assert marks(one) == [("removed", 10, None, "lr = 0.1"), ("added", None, 10, "lr = 0.3")]


def test_a_change_that_one_run_has_leads_to_the_committed_line_in_the_other():
    first = patch(BASE, changed(BASE, _20="mine"))
    other = patch(BASE, [*BASE[:5], "new", *BASE[5:]])
    (one,) = between(first, other)
    assert marks(one) == [
        ("added", None, 6, "new"),
        ("removed", 20, None, "mine"),
        ("added", None, 21, "line 20"),
    ]


def test_files_that_one_run_changed_and_new_files_are_known_from_the_same_commit():
    found = between(patch([], ["a", "b"], "new.py"), patch(BASE, changed(BASE, _1="x"), "old.py"))
    assert [(one.name, one.kind, one.added, one.removed) for one in found] == [
        ("new.py", "differs", 0, 2),
        ("old.py", "differs", 1, 1),
    ]


def test_the_same_change_in_both_is_the_same_and_comes_last():
    same = patch(BASE, changed(BASE, _2="x"), "a.py")
    found = between(same + patch(BASE, changed(BASE, _2="x"), "b.py"), same)
    assert [(one.name, one.kind) for one in found] == [("b.py", "differs"), ("a.py", "same")]


def test_other_commits_with_the_same_content_are_compared_and_other_content_stands_apart():
    first, other = patch(BASE, changed(BASE, _2="x")), patch(BASE, changed(BASE, _2="y"))
    assert between(first, other, same_commit=False)[0].kind == "differs"
    moved = patch(BASE, changed(BASE, _2="y"), blob="fedcba9")
    assert between(first, moved, same_commit=True)[0].kind == "apart"
    assert between(first, "", same_commit=False)[0].kind == "apart"


def test_binary_files_are_named():
    binary = "diff --git a/w.bin b/w.bin\nindex 1234..5678 100644\nBinary files a/w.bin and b/w.bin differ\n"
    assert [(one.name, one.kind) for one in between(binary, "")] == [("w.bin", "binary")]


def test_of_a_diff_that_was_cut_only_whole_files_are_compared():
    first = patch(BASE, changed(BASE, _2="x"), "a.py") + patch(BASE, changed(BASE, _2="x"), "b.py")
    other = patch(BASE, changed(BASE, _2="y"), "a.py") + patch(BASE, changed(BASE, _2="y"), "c.py")
    found = {one.name: one.kind for one in between(first, other, whole=(False, True))}
    assert found == {"a.py": "differs", "b.py": "apart", "c.py": "apart"}


@pytest.mark.parametrize("seed", range(25))
def test_the_lines_lead_from_one_file_to_the_other(seed):
    """Whatever two runs did to a file: taking the lines of the answer from one gives the other."""
    chance = random.Random(seed)

    def edited() -> list[str]:
        lines = list(BASE)
        for _ in range(chance.randrange(6)):
            at = chance.randrange(len(lines))
            lines[at : at + chance.randrange(3)] = [f"new {chance.randrange(4)}" for _ in range(chance.randrange(3))]
        return lines

    first, other = edited(), edited()
    found = between(patch(BASE, first), patch(BASE, other))
    gone = {line.old for one in found for line in one.lines if line.kind == "removed"}
    come = {line.new: line.text for one in found for line in one.lines if line.kind == "added"}
    kept = [line for number, line in enumerate(first, 1) if number not in gone]
    result = []
    for number in range(1, len(other) + 1):
        result.append(come[number] if number in come else kept.pop(0))
    assert (result, kept) == (other, [])
    for one in found:
        for line in one.lines:
            assert line.old is None or first[line.old - 1] == line.text
            assert line.new is None or other[line.new - 1] == line.text


@pytest.mark.parametrize(
    "odd", ["what", "@@ -1,2 +1 @@", "diff --git a/x b/x\n@@ -9,9 +9,9 @@\n-\n@@ -1 +1 @@\n+a\n-b", "\x00"]
)
def test_any_text_is_compared(odd):
    assert isinstance(between(odd, patch(BASE, changed(BASE, _1="x"))), list)
    assert isinstance(between(odd, odd), list)


def test_removed_lines_stand_beside_added_ones():
    lines = [
        DiffLine(kind, None, None, text)
        for kind, text in (("same", "a"), ("removed", "b"), ("removed", "c"), ("added", "d"), ("same", "e"))
    ]
    assert [(left and left.text, right and right.text) for left, right in pairs(lines)] == [
        ("a", "a"),
        ("b", "d"),
        ("c", None),
        ("e", "e"),
    ]


def test_code_is_coloured_by_its_name_and_nothing_of_it_is_html():
    lines = [DiffLine("same", 1, 1, 'def main(): return "<b>"  # x'), DiffLine("added", None, 2, "    '''never closed")]
    html = list(Colours().of("a/train.py", lines).values())
    assert '<span class="code-keyword">def</span>' in html[0]
    assert '<span class="code-string">&lt;b&gt;</span>' in html[0].replace("&quot;", "")
    plain = Colours().of("notes.unknown", lines)
    assert plain[lines[0]] == "def main(): return &quot;&lt;b&gt;&quot;  # x"
    long = DiffLine("added", None, 1, "x = 1 " * 200)
    assert Colours().of("a.py", [long])[long] == long.text


# --- the page ---


def code_run(project: Any = None, diff: str = "", commit: str = "a" * 40, **fields: Any) -> Run:
    git = {"commit": commit, "remote": "git@github.com:a/b.git", "dirty": bool(diff)}
    run = make_run(project, provenance={"git": git}, **fields)
    if diff:
        put_file(run, "code/diff.patch", io.BytesIO(diff.encode()))
    return run


def page_of(*runs: Run, **more: str) -> str:
    asked = {"run": [run.slug for run in runs], **more}
    answer = browser(team_admin(runs[0])).get(f"{runs[0].project.get_absolute_url()}compare/code/", asked)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


@pytest.mark.django_db
def test_the_page_shows_lines_unified_and_side_by_side():
    first = code_run(diff=patch(BASE, changed(BASE, _3="lr = 0.1 # <script>")), name="base")
    other = code_run(first.project, diff=patch(BASE, changed(BASE, _3="lr = 0.3")), name="other")
    page = page_of(first, other)
    assert "Both were made from the same commit" in page
    assert "<b>1</b> file" in page
    assert page.count('class="diff-removed"') == page.count('class="diff-added"') == 1
    assert "<script>" not in page.partition("<main")[2]
    side = page_of(first, other, view="side")
    assert side.count('class="diff-text diff-removed"') == side.count('class="diff-text diff-added"') == 1


@pytest.mark.django_db
def test_the_page_of_a_run_and_itself_says_identical():
    run = code_run(diff=patch(BASE, changed(BASE, _3="x")))
    page = page_of(run, run)
    assert "Identical" in page
    assert "the same uncommitted changes in both" in page


@pytest.mark.django_db
def test_other_commits_lead_to_what_was_committed_between_them():
    first = code_run()
    page = page_of(first, code_run(first.project, commit="b" * 40))
    assert f"https://github.com/a/b/compare/{'a' * 40}...{'b' * 40}" in page
    assert "Neither run had uncommitted changes." in page


@pytest.mark.django_db
def test_a_large_file_is_folded_and_a_small_one_is_open():
    long = [f"x{place}" for place in range(FOLDED_FROM + 10)]
    first = code_run(diff=patch([], long, "long.py") + patch(BASE, changed(BASE, _1="x"), "short.py"))
    page = page_of(first, code_run(first.project))
    assert page.count('<details class="diff-file" open>') == 1
    assert page.count('<details class="diff-file">') == 1


@pytest.mark.django_db
def test_code_is_compared_between_two_runs():
    run = make_run()
    client = browser(team_admin(run))
    refused = client.get(f"{run.project.get_absolute_url()}compare/code/?run={run.slug}")
    assert refused.status_code == 400
    assert "between two runs; 1 came" in refused.content.decode()
