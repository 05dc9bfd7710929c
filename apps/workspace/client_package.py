"""The Python client as this site hands it out, so that `pip install` needs nothing but the site's address."""

import functools
import io
import zipfile
from pathlib import Path

CLIENT = Path(__file__).resolve().parent.parent.parent / "client"
_STAMP = (2020, 1, 1, 0, 0, 0)  # equal content gives equal bytes


@functools.cache
def client_zip() -> bytes:
    """The source of the package `paceline` as pip takes it: pyproject.toml, README.md and the modules."""
    sources = (path for path in (CLIENT / "paceline").rglob("*") if path.suffix != ".pyc")
    files = [CLIENT / "pyproject.toml", CLIENT / "README.md", *sorted(sources)]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if file.is_file():
                name = f"paceline/{file.relative_to(CLIENT).as_posix()}"
                archive.writestr(zipfile.ZipInfo(name, _STAMP), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
