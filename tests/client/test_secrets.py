"""Secrets are hidden, and nothing else."""

import argparse
import inspect
import json
import logging
import random
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from paceline import secrets

from tests.client.secret_corpus import HOSTILE, Secret, lines, logs
from tests.client.secret_corpus import secrets as corpus

ROOT = Path(__file__).resolve().parents[2]
SECRETS = corpus()
MOST_FALSE_ALARMS = 1 / 4_000  # of lines


def told(secret: Secret, text: str) -> bool:
    """Whether a text still gives a secret away: the whole of it, or of a key any line."""
    parts = [line for line in secret.text.split("\n") if "-----" not in line]
    return any(part in text for part in parts)


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.kind)
def test_a_secret_is_hidden_however_it_is_written(secret: Secret) -> None:
    for line in lines(secret):
        shown = secrets.scrubbed(line)
        assert not told(secret, shown), line
        assert secrets.HIDDEN in shown
        assert secrets.scrubbed(shown) == shown


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.kind)
def test_a_secret_is_hidden_in_a_config_and_on_a_command_line(secret: Secret) -> None:
    name = secret.name if not secret.shape else "note"
    config = {"env": {name: secret.text}, "list": [f"{name}={secret.text}"], "deep": [{name.lower(): secret.text}]}
    assert not told(secret, "".join(str(secrets.scrubbed_document(config)).split("\\n")))
    option = f"--{name.lower().replace('_', '-')}"
    for arguments in ([option, secret.text], [f"{option}={secret.text}"], ["-e", f"{name}={secret.text}"]):
        assert not told(secret, "\n".join(secrets.scrubbed_arguments(["train.py", *arguments, "--lr", "0.1"])))
        assert not told(secret, json.dumps(secrets.scrubbed_document({"command": ["train.py", *arguments]})))


def test_secrets_on_the_command_line_are_hidden() -> None:
    given = ["train.py", "--api-key", "abc", "--hf-token=xyz", "--password", "-v", "--lr", "0.1", "sk-" + "a" * 20]
    assert secrets.scrubbed_arguments(given) == [
        "train.py",
        "--api-key",
        "[hidden]",
        "--hf-token=[hidden]",
        "--password",
        "-v",
        "--lr",
        "0.1",
        "[hidden]",
    ]


def test_secrets_in_a_config_are_hidden_and_nothing_else() -> None:
    config = {"api_key": "a1", "nested": {"HF_TOKEN": "b", "tokens": 5, "key": 7}, "tokenizer": "bpe", "keys": ["x"]}
    assert secrets.scrubbed_document(config) == {
        "api_key": "[hidden]",
        "nested": {"HF_TOKEN": "[hidden]", "tokens": 5, "key": 7},
        "tokenizer": "bpe",
        "keys": ["x"],
    }


def test_what_training_calls_keys_and_tokens_stays() -> None:
    config = {
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "special_tokens": ["[CLS]", "[SEP]"],
        "sort_key": "val/loss2024",
        "key": "train/loss",
        "primary_key": "id",
        "next_token": "the1st2nd",
        "max_tokens": 2048,
        "use_auth_token": True,
        "password": "",
        "api_key": None,
        "token": "${oc.env:HF_TOKEN}",
        "args": ["--key", "value", "--tokens", "512", "--sort-key", "loss12345"],
        "sha": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "url": "https://example.org:8443/path@2x.png?key=loss",
    }
    assert secrets.scrubbed_document(config) == config


def test_a_remote_is_told_without_its_password() -> None:
    assert secrets.without_password("https://me:secret@example.org/a.git") == "https://example.org/a.git"
    assert secrets.without_password("git@example.org:a/b.git") == "git@example.org:a/b.git"
    assert secrets.without_password("ssh://git@example.org/a.git") == "ssh://git@example.org/a.git"


def ordinary_lines() -> list[str]:
    """Code, documents and templates of this project and of the standard library, logs, ids: nothing of it is secret."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    own = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in listed
        if name.endswith((".py", ".md", ".html", ".css", ".js", ".toml", ".yaml"))
        and "secret" not in name
        and "tests/" not in name
        and (ROOT / name).is_file()
    ]
    library = [inspect.getsource(module) for module in (argparse, json, logging, random, subprocess, uuid, inspect)]
    return [line for text in [*own, *library, "\n".join(logs())] for line in text.splitlines()]


def test_ordinary_text_stays_as_it_is() -> None:
    """False alarms: 12 of 70,512 lines when this was written, most of them placeholders of passwords."""
    found = ordinary_lines()
    changed = [line for line in found if secrets.scrubbed(line) != line]
    print(f"{len(changed)} of {len(found):,} lines changed")  # shown by pytest -s
    assert len(changed) <= MOST_FALSE_ALARMS * len(found), "\n".join(changed)


EVERY_HINT = f" {'a' * 64}1B PRIVATE KEY plk_{'a' * 15} " + " ".join(
    hint.decode()
    for shape in (*secrets._BEGUN, *secrets._WORDY, *secrets._OTHER, *secrets._BASE64)
    for hint in shape.hints
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_a_hostile_line(piece: str) -> None:
    """Quadratic time would be sixteen times that of a quarter, however often it is measured. No rule is left out."""
    line = piece * (2**17 // len(piece)) + EVERY_HINT
    quarter = piece * (2**15 // len(piece)) + EVERY_HINT
    ratios: list[float] = []
    while not ratios or (min(ratios) >= 9 and len(ratios) < 5):
        ratios.append(seconds_to_scrub(line) / max(0.002, seconds_to_scrub(quarter)))
    assert min(ratios) < 9


def test_hidden_or_not_does_not_depend_on_the_lines_around() -> None:
    """What a rule needs is looked for in a whole text: a line of it is hidden just as it is alone."""
    found = [line for secret in SECRETS for line in lines(secret) if "\n" not in secret.text]
    mixed = [one for pair in zip(found, logs(), strict=False) for one in pair]
    assert secrets.scrubbed("\n".join(mixed)).split("\n") == [secrets.scrubbed(line) for line in mixed]


def seconds_to_scrub(text: str) -> float:
    """Of the processor, so that neighbours do not count."""
    began = time.thread_time()
    secrets.scrubbed(text)
    return time.thread_time() - began
