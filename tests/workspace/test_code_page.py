"""The page of a run's code: what is known is shown, whatever was sent is harmless."""

import io

import pytest

from apps.artifacts.services import put_file
from apps.core.diffs import parsed
from apps.runs.code_facts import commit_url
from tests.factories import make_run, team_admin

DIFF = """diff --git a/train.py b/train.py
index 1..2 100644
--- a/train.py
+++ b/train.py
@@ -1,3 +1,3 @@ def main():
 import torch
-rate = 0.1
+rate = 0.2
+<script>alert(1)</script>
 done
diff --git a/new.bin b/new.bin
new file mode 100644
Binary files /dev/null and b/new.bin differ
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_diff_has_files_and_line_numbers():
    diff = parsed(DIFF, 1000)
    train, binary = diff.files
    assert [(line.kind, line.old, line.new, line.text) for line in train.lines] == [
        ("hunk", None, None, "@@ -1,3 +1,3 @@ def main():"),
        ("same", 1, 1, "import torch"),
        ("removed", 2, None, "rate = 0.1"),
        ("added", None, 2, "rate = 0.2"),
        ("added", None, 3, "<script>alert(1)</script>"),
        ("same", 3, 4, "done"),
    ]
    assert (train.name, train.added, train.removed) == ("train.py", 2, 1)
    assert binary.notes == ["new file mode 100644", "Binary files /dev/null and b/new.bin differ"]


def test_a_diff_is_bounded_and_any_text_is_one():
    assert parsed(DIFF, 6).left_out == 7
    assert parsed("", 10).files == []
    odd = parsed("what\n\x00\n@@ -x\n" + "y" * 10_000, 10)
    assert [line.kind for line in odd.files[0].lines] == ["note"] * 4
    assert len(odd.files[0].lines[3].text) == 2_000


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/a/b.git", f"https://github.com/a/b/commit/{COMMIT}"),
        ("git@github.com:a/b.git", f"https://github.com/a/b/commit/{COMMIT}"),
        ("ssh://git@gitlab.example.org:2222/a/b", f"https://gitlab.example.org/a/b/-/commit/{COMMIT}"),
        ("https://bitbucket.org/a/b", f"https://bitbucket.org/a/b/commits/{COMMIT}"),
        ("javascript://github.com/%0aalert(1)", ""),
        ("https://git.example.org/a/b", ""),
        ("https://evil.example/?github.com/a", ""),
        ("/srv/github/repository", ""),
    ],
)
def test_a_commit_links_to_hosts_that_are_known(remote, url):
    assert commit_url(remote, COMMIT) == url
    assert commit_url(remote, "x" * 40) == ""


@pytest.fixture
def run(db):
    provenance = {
        "command": ["python", "train.py", "--name", "a b"],
        "git": {"commit": COMMIT, "branch": "main", "remote": "https://github.com/a/b", "dirty": True},
        "untracked": ["notes.txt"],
        "untracked_total": 7,
        "packages": {"torch": "2.9", "numpy": "2.4"},
        "hardware": {
            "cpu": {"name": "A CPU", "threads": 8},
            "memory": 2**35,
            "gpus": [{"name": "H100", "memory": 2**36}],
        },
        "job": {"slurm": {"job_id": "5"}, "ci": {"name": "CI", "url": "javascript:alert(1)"}},
    }
    return make_run(provenance=provenance)


def page(client, run, query=""):
    client.force_login(team_admin(run))
    return client.get(f"{run.get_absolute_url()}code/{query}").content.decode()


def test_the_page_shows_commit_diff_and_files(run, client):
    put_file(run, "code/diff.patch", io.BytesIO(DIFF.encode()))
    shown = page(client, run)
    for text in (
        f'href="https://github.com/a/b/commit/{COMMIT}"',
        "+ uncommitted changes",
        "python train.py --name &#x27;a b&#x27;",
        "&lt;script&gt;alert(",
        "notes.txt",
        "and 6 more",
        "code/diff.patch",
    ):
        assert text in shown
    assert "javascript:" not in shown
    assert "<script>alert" not in shown


def test_a_long_diff_is_shown_in_part_and_then_the_rest(run, client):
    body = "diff --git a/x b/x\n@@ -1,1 +1,3000 @@\n" + "".join(f"+line {n}\n" for n in range(3000))
    put_file(run, "code/diff.patch", io.BytesIO(body.encode()))
    first = page(client, run)
    assert "line 900" in first
    assert "line 2999" not in first
    assert "Show the rest" in first
    whole = page(client, run, "?rest")
    assert "line 2999" in whole
    assert "Show the rest" not in whole


@pytest.mark.parametrize(
    "provenance",
    [{}, {"git": 5, "command": "x", "packages": [1], "hardware": "y", "job": {"ci": [], "x": 1}, "untracked": {}}],
)
def test_whatever_was_sent_the_page_answers(provenance, client, db):
    shown = page(client, make_run(provenance=provenance))
    assert "not in a git repository" in shown
