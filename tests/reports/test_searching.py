"""The reports page: narrowed by words, author and what was published, with the hit in its text."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.reports.publishing import publish
from apps.reports.searching import snippet
from apps.reports.services import create_report
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.make_project()


@pytest.fixture
def listed(project):
    """What the page lists for a query: its titles, and the page."""
    client = factories.browser(factories.team_admin(project))

    def listed(query):
        page = client.get(f"/{project}/reports/?{query}")
        assert page.status_code == 200
        return [one.report.title for one in page.context["listed"]], page.content.decode()

    return listed


def write(project, title, markdown, author=None):
    return create_report(project=project, author=author, title=title, markdown=markdown)


def test_words_are_found_in_titles_and_texts_whatever_their_case(project, listed):
    write(project, "Learning rates", "We tried four.")
    write(project, "Seeds", "The learning curve is flat.")
    write(project, "Else", "nothing of it")
    write(factories.make_project(), "Learning elsewhere", "x")
    assert listed("q=LEARNING")[0] == ["Seeds", "Learning rates"]
    assert listed("q=learning+flat")[0] == ["Seeds"]
    assert listed("q=learning&order=title")[0] == ["Learning rates", "Seeds"]
    assert "<mark>learning</mark> curve is flat" in listed("q=LEARNING")[1]
    titles, page = listed("q=100%25_")
    assert titles == []
    assert "No report fits" in page
    assert listed("")[0] == ["Else", "Seeds", "Learning rates"]
    assert listed("published=x&order=x&author=")[0] == ["Else", "Seeds", "Learning rates"]


def test_reports_are_narrowed_by_author_and_by_what_was_published(project, listed):
    ada = factories.make_user("ada")
    first = write(project, "First", "x", ada)
    write(project, "Second", "x")
    publish(report=first, by=factories.team_admin(project))
    assert listed("author=ada")[0] == ["First"]
    titles, page = listed("published=yes")
    assert titles == ["First"]
    assert "version 1" in page
    assert listed("published=no")[0] == ["Second"]


def test_hostile_words_stay_words(project, listed):
    write(project, "x", "a <script>alert(1)</script> & more")
    page = listed("q=%3Cscript%3E")[1]
    assert "a <mark>&lt;script&gt;</mark>alert(1)&lt;/script&gt; &amp; more" in page
    assert "<script>alert" not in page
    assert "<script>alert" not in listed("q=%22%3E%3Cscript%3Ealert(1)")[1]
    assert snippet("a" * 500 + "hit" + "b" * 500, ("HIT",)).startswith("…a")


def test_more_reports_cost_no_more_queries(project, listed):
    costs = []
    for wanted in (2, 10):
        for place in range(wanted):
            write(project, f"{wanted} {place}", "word", factories.make_user())
        with CaptureQueriesContext(connection) as queries:
            listed("q=word")
        costs.append(len(queries))
    assert costs[0] == costs[1]
