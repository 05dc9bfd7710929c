"""Every example of the gallery passes the checks, and its questions have answers on runs as the demo makes them.

That each is drawn is in test_gallery_pictures.py and, in Chromium, in browser/test_demo.py.
"""

import json

import pytest

from apps.custom_panels.checking import checked
from apps.custom_panels.gallery import example, examples
from tests.custom_panels.asking import ask
from tests.custom_panels.runs import demo_project

EXAMPLES = examples()


def test_there_are_a_dozen_and_each_says_what_it_is():
    assert len(EXAMPLES) >= 12
    assert len({one.name for one in EXAMPLES}) == len(EXAMPLES)
    for one in EXAMPLES:
        assert one.about.endswith("."), one.slug
        assert 30 < len(one.about) < 200, one.slug
        assert len(one.name) < 60, one.slug
    assert any("schema/vega/v6" in one.document for one in EXAMPLES)
    assert example("race") in EXAMPLES
    assert example("nothing") is None


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.slug)
def test_an_example_has_no_problem(one):
    assert checked(one.document).problems == []


@pytest.fixture
def project():
    return demo_project()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_every_example_draws_something_of_the_demo(project):
    for one in EXAMPLES:
        answer = ask(project, one.document)
        assert answer.status_code == 200, (one.slug, answer.content)
        sources = answer.json()["sources"]
        declared = json.loads(one.document).get("usermeta", {}).get("paceline", {}).get("sources", {})
        assert set(sources) == set(declared), one.slug
        for name, source in sources.items():
            assert source["rows"] > 1, (one.slug, name)
            empty = [column for column, values in source["columns"].items() if not any(v is not None for v in values)]
            assert set(empty) <= {"delta"}, (one.slug, name)
