"""A command line as named arguments, so that two can be compared argument by argument. No Django."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

_OPTION = re.compile(r"--?[A-Za-z_]")
_INTERPRETER = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"[+~]*[A-Za-z_][\w.@/-]*=")  # as Hydra takes them: optimizer.lr=0.1
SET = "set"  # the value of an option that stands alone


def arguments(provenance: Any) -> dict[str, Any]:
    """Names to values: interpreter, script, --options, name=assignments, and what is left by its place.

    `--lr 0.1`, `--lr=0.1` are one; an option given twice has a list. {} when the command is not known.
    """
    words = _words(provenance)
    found: dict[str, Any] = {}
    if words and _INTERPRETER.fullmatch(words[0].replace("\\", "/").rpartition("/")[2]):
        found["interpreter"] = words.pop(0)
    if words and not _OPTION.match(words[0]):
        found["script"] = words.pop(0)
    plain = 0
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            continue
        if equals and (_OPTION.match(word) or _ASSIGNMENT.match(word)):
            _add(found, name, value)
        elif _OPTION.match(word):
            _add(found, word, SET if not words or _begins_another(words[0]) else words.pop(0))
        else:
            plain += 1
            found[f"argument {plain}"] = word
    return found


def _words(provenance: Any) -> list[str]:
    command = provenance.get("command") if isinstance(provenance, Mapping) else None
    if isinstance(command, list):
        return [str(word) for word in command]
    if not isinstance(command, str):
        return []
    try:
        return shlex.split(command)
    except ValueError:  # a quote that is never closed
        return command.split()


def _begins_another(word: str) -> bool:
    return word == "--" or bool(_OPTION.match(word) or _ASSIGNMENT.match(word))


def _add(found: dict[str, Any], name: str, value: str) -> None:
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]
