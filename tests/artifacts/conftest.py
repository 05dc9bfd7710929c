"""A storage of its own for every test: a folder, or a bucket of a real S3-compatible server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client

from tracker_site.file_storage import file_storage


@pytest.fixture(autouse=True)
def read_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every streamed answer, as a server does: files.body_of gives what was read."""
    ask = Client.request

    def request(client: Client, **asked: Any) -> Any:
        answer: Any = ask(client, **asked)
        if answer.streaming:
            answer.body = b"".join(answer.streaming_content)
        return answer

    monkeypatch.setattr(Client, "request", request)


@pytest.fixture(params=["folder", "bucket"])
def place(request: Any, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where files lie: the tests that ask for it run once on each."""
    text = ""
    if request.param == "bucket":
        environment = request.getfixturevalue("s3_environment")
        text = environment.pop("PACELINE_FILES")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    use(settings, text, tmp_path)
    yield request.param
    if request.param == "bucket":
        bucket: Any = storages["files"]
        bucket._client.close()


def use(settings: Any, text: str, folder: Path) -> None:
    """Let run files lie where PACELINE_FILES=text says."""
    files, incoming = file_storage(text, folder)
    settings.STORAGES = {**settings.STORAGES, "files": files}
    settings.FILES_INCOMING = incoming
