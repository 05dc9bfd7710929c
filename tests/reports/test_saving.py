"""What saving a report stores, and what it refuses."""

import pytest

from apps.core.errors import Invalid
from apps.reports.errors import ReportChanged
from apps.reports.models import Report
from apps.reports.queries import project_reports
from apps.reports.services import MAX_MARKDOWN_BYTES, MAX_TITLE_LENGTH, create_report, update_report
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_report_is_stored_with_an_id_of_13_characters():
    project = factories.make_project()
    report = create_report(project=project, author=None, title=" What \n changed ", markdown="# Hello\r\nthere")
    stored = Report.objects.get(id=report.id)
    assert (stored.title, stored.markdown, stored.revision) == ("What changed", "# Hello\nthere", 1)
    assert stored.get_absolute_url() == f"/r/{stored.slug}/"
    assert len(stored.slug) == 13


def test_each_save_of_another_text_is_a_revision_and_the_same_text_is_none():
    report = create_report(project=factories.make_project(), author=None, title="One", markdown="a")
    before = report.updated_at
    assert update_report(report=report, title="One", markdown="a").revision == 1
    assert report.updated_at == before
    assert update_report(report=report, title="One", markdown="b").revision == 2
    assert report.updated_at > before


def test_a_save_on_top_of_an_older_revision_is_refused_and_changes_nothing():
    report = create_report(project=factories.make_project(), author=None, title="One", markdown="a")
    update_report(report=report, title="One", markdown="theirs", based_on=1)
    with pytest.raises(ReportChanged) as refused:
        update_report(report=report, title="One", markdown="mine", based_on=1)
    assert "revision 2" in refused.value.message
    assert Report.objects.get().markdown == "theirs"
    update_report(report=report, title="One", markdown="theirs", based_on=1)  # the same words: nothing to lose
    assert update_report(report=report, title="One", markdown="mine", based_on=2).revision == 3


@pytest.mark.parametrize(
    ("title", "markdown", "field", "words"),
    [
        ("", "text", "title", "needs a title"),
        (" \n ", "text", "title", "needs a title"),
        ("x" * (MAX_TITLE_LENGTH + 1), "text", "title", "201 characters; at most 200"),
        ("a\0b", "text", "title", "cannot be stored"),
        ("title", "a\0b", "markdown", "cannot be stored"),
        ("title", "\ud800", "markdown", "cannot be stored"),
        ("title", "é" * (MAX_MARKDOWN_BYTES // 2) + "x", "markdown", "1,048,577 bytes; at most 1,048,576"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_field(title, markdown, field, words):
    project = factories.make_project()
    with pytest.raises(Invalid) as refused:
        create_report(project=project, author=None, title=title, markdown=markdown)
    assert list(refused.value.fields) == [field]
    assert words in refused.value.fields[field]
    assert not Report.objects.exists()


def test_a_text_of_exactly_the_limit_is_stored():
    project = factories.make_project()
    report = create_report(
        project=project, author=None, title="x" * MAX_TITLE_LENGTH, markdown="é" * (MAX_MARKDOWN_BYTES // 2)
    )
    assert len(Report.objects.get(id=report.id).markdown.encode()) == MAX_MARKDOWN_BYTES


def test_a_projects_reports_come_last_saved_first_in_one_query(django_assert_num_queries):
    project = factories.make_project()
    first = create_report(project=project, author=None, title="First", markdown="x")
    second = create_report(project=project, author=None, title="Second", markdown="x")
    update_report(report=first, title="First", markdown="y")
    create_report(project=factories.make_project(), author=None, title="Elsewhere", markdown="x")
    with django_assert_num_queries(1):
        assert [(report.title, report.author) for report in project_reports(project)] == [
            (first.title, None),
            (second.title, None),
        ]
