"""The site hands out its own Python client."""

import io
import tomllib
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from tests.factories import make_user


def test_anyone_may_install_the_client_from_the_site():
    response = Client().get("/client/paceline.zip")
    assert response.status_code == 200
    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    modules = {f"paceline/{path.relative_to('client').as_posix()}" for path in Path("client/paceline").rglob("*.py")}
    packages = tomllib.loads(Path("client/pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert {Path(name).parent.as_posix() for name in modules} == {
        f"paceline/{one.replace('.', '/')}" for one in packages
    }
    assert set(names) == {"paceline/pyproject.toml", "paceline/README.md", "paceline/paceline/py.typed"} | modules


@pytest.mark.django_db
def test_the_empty_page_names_the_address_to_install_from():
    browser = Client()
    browser.force_login(make_user("newcomer"))
    assert "pip install http://testserver/client/paceline.zip" in browser.get("/").content.decode()
