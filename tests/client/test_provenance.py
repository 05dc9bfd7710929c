"""Where a run comes from, without anybody's secrets."""

import subprocess
import sys
from pathlib import Path

import pytest
from paceline import code, provenance
from paceline.documents import Document


def test_commit_and_changes_are_those_of_the_scripts_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    script = tmp_path / "train.py"
    script.write_text("")
    git("init", "-b", "main")
    git("remote", "add", "origin", "https://me:secret@example.org/a.git")
    git("add", "train.py")
    git("commit", "-m", "first")
    monkeypatch.setattr(sys, "argv", [str(script)])
    facts = {"commit": git("rev-parse", "HEAD"), "branch": "main", "remote": "https://example.org/a.git"}
    assert code.git() == {**facts, "dirty": False}
    script.write_text("changed")
    assert code.git() == {**facts, "dirty": True}


def test_loaded_packages_are_listed_with_their_versions() -> None:
    found = provenance.packages()
    assert found["pytest"] == pytest.__version__
    assert found["celery"]  # installed, not imported


def test_a_document_tells_each_change_once() -> None:
    config = Document({"a": 1, "layers": {"width": 8}})
    assert config.changes() == {"a": 1, "layers": {"width": 8}}
    assert config.changes() == {}
    config["b"] = float("nan")
    del config["a"]
    assert config.changes() == {"b": "nan", "a": None}
    config["layers"]["width"] = 16
    assert config.changes() == {}  # changed inside: found at the end
    assert config.changes(deep=True) == {"layers": {"width": 16}}
