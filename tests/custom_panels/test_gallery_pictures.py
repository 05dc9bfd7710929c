"""Every example of the gallery is drawn on the server, and looks as it did."""

import json

import pytest

from apps.custom_panels.checking import good_document
from apps.custom_panels.data import panel_data
from apps.custom_panels.gallery import examples
from apps.custom_panels.pictures import panel_picture
from apps.rendering import processes
from apps.rendering.errors import CannotRender
from tests.custom_panels.documents import document
from tests.custom_panels.runs import demo_project
from tests.rendering.images import assert_looks_the_same, opened

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True, scope="module")
def no_process_stays():
    yield
    processes.close_all()


@pytest.fixture
def project():
    return demo_project()


def drawn(project, text, **more):
    asked = {"kind": "png", "width": 420, "height": 260, "scale": 1, **more}
    return panel_picture(panel_data(project, good_document(text)), **asked)


@pytest.mark.timeout(240)
def test_every_example_looks_as_it_did(project):
    for one in examples():
        assert_looks_the_same(drawn(project, one.document), f"gallery-{one.slug}")


def test_a_panel_that_says_no_size_is_as_large_as_was_asked(project):
    assert opened(drawn(project, document())).size == (420, 260)


def test_a_panel_that_is_larger_than_a_picture_may_be_says_so(project):
    spec = json.loads(document())
    view = {"mark": spec.pop("mark"), "encoding": spec.pop("encoding"), "width": 2_000}
    with pytest.raises(CannotRender, match="px a side are drawn"):
        drawn(project, json.dumps({**spec, "hconcat": [view] * 3}))
