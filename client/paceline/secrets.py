"""Hides secrets in what a run leaves behind, before it is sent and again when it arrives. Pure; the place is marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(r"(?:^|[-_.])(?:api[-_]?key|key|token|secret|password|passwd|pwd)$", re.IGNORECASE)
_SECRET_SHAPE = re.compile(
    r"\b(?:sk-[\w-]{16,}|gh[opsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{16,}|xox[abprs]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+)"
)


def scrubbed(text: str) -> str:
    """A text in which what looks like a token is hidden."""
    return _SECRET_SHAPE.sub(HIDDEN, text)


def scrubbed_document(document: Any, name: str = "") -> Any:
    """A JSON value in which texts under names like api_key, token or password, and known token shapes, are hidden.

    name: what the document itself is called.
    """
    if isinstance(document, dict):
        return {key: scrubbed_document(item, key) for key, item in document.items()}
    if isinstance(document, list):
        return [scrubbed_document(item, name) for item in document]
    if isinstance(document, str) and document:
        return HIDDEN if _SECRET_NAME.search(name) else scrubbed(document)
    return document


def scrubbed_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line in which the values of --api-key, --token=… and their like, and known token shapes, are hidden."""
    shown: list[str] = []
    hide_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if hide_next and not argument.startswith("-"):
            shown.append(HIDDEN)
        elif equals and _SECRET_NAME.search(name):
            shown.append(f"{name}={HIDDEN}")
        else:
            shown.append(scrubbed(argument))
        hide_next = argument.startswith("-") and not equals and bool(_SECRET_NAME.search(argument))
    return [argument.encode(errors="replace").decode() for argument in shown]


def without_password(address: str) -> str:
    """A remote's address without user and password."""
    try:
        parts = urlsplit(address)
        if parts.scheme and "@" in parts.netloc and parts.scheme != "ssh":
            return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return ""
    return address
