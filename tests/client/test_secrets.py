"""Secrets are hidden, and nothing else."""

from paceline import secrets


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
    config = {"api_key": "a", "nested": {"HF_TOKEN": "b", "tokens": 5, "key": 7}, "tokenizer": "bpe", "keys": ["x"]}
    assert secrets.scrubbed_document(config) == {
        "api_key": "[hidden]",
        "nested": {"HF_TOKEN": "[hidden]", "tokens": 5, "key": 7},
        "tokenizer": "bpe",
        "keys": ["x"],
    }


def test_a_remote_is_told_without_its_password() -> None:
    assert secrets.without_password("https://me:secret@example.org/a.git") == "https://example.org/a.git"
    assert secrets.without_password("git@example.org:a/b.git") == "git@example.org:a/b.git"
    assert secrets.without_password("ssh://git@example.org/a.git") == "ssh://git@example.org/a.git"
