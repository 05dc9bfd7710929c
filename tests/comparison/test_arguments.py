"""Command lines as named arguments."""

from typing import Any

import pytest

from apps.comparison.arguments import arguments


def of(*words: str) -> dict:
    return arguments({"command": list(words)})


def test_options_are_named_however_they_are_spelled():
    assert of("/usr/bin/python3.11", "train.py", "--lr", "0.1", "--epochs=3", "-v", "--seed", "-5") == {
        "interpreter": "/usr/bin/python3.11",
        "script": "train.py",
        "--lr": "0.1",
        "--epochs": "3",
        "-v": "set",
        "--seed": "-5",
    }
    assert of("train.py", "--lr=0.1") == of("train.py", "--lr", "0.1")


def test_assignments_places_and_repeated_options_are_told_apart():
    assert of(
        "python", "train.py", "optimizer.lr=0.1", "+model=big", "a.csv", "--tag", "x", "--tag", "y", "--", "b"
    ) == {
        "interpreter": "python",
        "script": "train.py",
        "optimizer.lr": "0.1",
        "+model": "big",
        "argument 1": "a.csv",
        "--tag": ["x", "y"],
        "argument 2": "b",
    }


def test_a_module_is_an_option_of_the_interpreter():
    assert of("python", "-m", "train.main", "--lr", "1") == {"interpreter": "python", "-m": "train.main", "--lr": "1"}


def test_a_command_in_one_text_is_split_and_whatever_else_came_is_not_known():
    assert arguments({"command": "train.py --name 'a b'"}) == {"script": "train.py", "--name": "a b"}
    assert arguments({"command": "train.py 'never closed"}) == {
        "script": "train.py",
        "argument 1": "'never",
        "argument 2": "closed",
    }
    unknown: list[Any] = [{}, None, [], {"command": 3}, {"command": []}, {"command": ""}]
    for odd in unknown:
        assert arguments(odd) == {}


@pytest.mark.parametrize("words", [["--"], ["=", "x="], ["--=", "-"], ["\x00"], [""]])
def test_odd_words_break_nothing(words):
    assert isinstance(of(*words), dict)
