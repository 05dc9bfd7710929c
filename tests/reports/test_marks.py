"""Formulas, footnotes, contents, and mentions of runs."""

import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core import ids
from apps.reports.marks.formulas import MAX_FORMULA, MAX_FORMULAS
from apps.reports.marks.mark import RunMark
from apps.reports.publishing import publish
from apps.reports.rendering import Fence, Html, pieces
from apps.runs.models import Visibility
from tests import factories
from tests.reports.stories import logged_run, make_report
from tests.reports.test_rendering import html_of

HOSTILE = "\"'></a><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


def test_formulas_become_mathml_and_money_stays_money():
    html = html_of("A line: $x^2$ for $5 and $10, \\$x\\$ `$c$`.\n\n$$\n\\frac{1}{n} \\sum_i x_i\n$$\n\n$$a<b$$")
    assert '<math display="inline" alttext="x^2"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>' in html
    assert "for $5 and $10, $x$ <code>$c$</code>." in html
    assert '<math display="block" alttext="\\frac{1}{n} \\sum_i x_i">' in html
    assert 'alttext="a&lt;b"' in html
    assert html.count("<math") == 3


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed;background:url(//evil.example)}{x}",
        r"\class{button}{x}",
        r"\text{<script>alert(1)</script>}",
        r"\text{&#x3c;img src=x onerror=alert(1)&#x3e;}",
        r"\unicode{x3c}script\unicode{x3e}",
        r"\color{red;background:url(x)}{x}",
        r"\mathchoice{x}{y}",
        '" onmouseover="alert(1)',
        "</math><script>alert(1)</script>",
    ],
)
def test_hostile_formulas_are_drawn_without_what_could_act(latex):
    html = html_of(f"before ${latex}$ after\n\n$${latex}$$")
    tags = re.findall(r"<[^>]*>", html)
    assert not [tag for tag in tags if re.match(r"</?(script|img|a|annotation|maction|style|svg)\b", tag)]
    names = {name for tag in tags for name in re.findall(r'\s([\w:-]+)="', re.sub(r'(alttext|title)="[^"]*"', "", tag))}
    assert names <= {"display", "mathcolor", "stretchy", "fence", "form", "class", "width", "separator", "accent"}
    assert "before" in html


def test_formulas_that_cannot_be_read_are_shown_as_they_were_written():
    for latex in (r"\frac", "{" * 500, "x^" * 300, "x" * (MAX_FORMULA + 1)):
        html = html_of(f"$$\n{latex}\n$$")
        assert "<math" not in html
        assert '<code class="formula-unread"' in html
    many = html_of("$x$ " * (MAX_FORMULAS + 3))
    assert many.count("<math") == MAX_FORMULAS
    assert "at most 1,000 formulas" in many


def test_footnotes_are_gathered_at_the_end_and_lead_back():
    html = html_of("One.[^a] Again.[^a]\n\n[^a]: The *note*.\n\n[^unused]: nothing")
    assert html.count('<sup class="footnote-ref"><a href="#section-fn1"') == 2
    assert re.search(r'<section class="footnotes">.*<li id="section-fn1".*<em>note</em>.*section-fnref1', html, re.S)
    assert "nothing" not in html
    assert "[^none]" in html_of("[^none]")


def test_the_contents_stand_where_they_were_asked_for_once():
    html = html_of("[toc]\n\n# First $x$\n\n## Second & *third*\n\n[toc]\n\n##### Deep")
    assert html.count("<nav") == 1
    assert '<a href="#section-second--third">Second &amp; third</a>' in html
    assert "Deep</a>" not in html
    assert "<nav" not in html_of("[toc]\n\nno headings")
    assert html_of("a [toc] b") == "<p>a [toc] b</p>"


@pytest.mark.parametrize(
    "bomb",
    [
        "$" * 60_000,
        "$a " * 20_000,
        "$$x\n" * 8_000,
        "$$\n" * 8_000,
        "[toc]\n\n# a\n\n" * 3_000,
        "[^a]: x\n\n" + "[^a]" * 15_000,
        "@run:" * 12_000,
        "@run:06n4jm4pvb5bs " * 3_000,
        "http://" * 8_000,
    ],
)
def test_bombs_cost_little_and_give_little(bomb):
    began = time.process_time()
    size = sum(len(piece.html) for piece in pieces(bomb) if isinstance(piece, Html))
    assert time.process_time() - began < 10  # under two here; minutes when each mark looks to the end of the text
    assert size < 40 * len(bomb) + 500_000


def test_marks_do_not_part_from_the_blocks_around_them():
    found = pieces("$x$\n\n```panel\nkind: line\n```\n\n@run:06n4jm4pvb5bs\n")
    assert [type(one) for one in found] == [Html, Fence, Html]
    assert isinstance(found[2], Html)
    assert found[2].marks == [RunMark(ids.from_text("06n4jm4pvb5bs"), "@run:06n4jm4pvb5bs")]


@pytest.fixture
def project(db):
    return factories.make_project()


def page_of(user, report, path=""):
    client = Client()
    client.force_login(user)
    return client.get(f"/r/{report.slug}/{path}").content.decode()


def test_a_mentioned_run_is_a_link_with_its_name_and_state(project):
    run = logged_run(project, name=HOSTILE)
    text = f"See @run:{run.slug}, <https://here.example/runs/{run.slug}/> and [it](@run:{run.slug})."
    page = page_of(factories.team_admin(project), make_report(project, text))
    assert page.count(f'<a class="run-mention" href="/runs/{run.slug}/">') == 2
    assert f'<a href="/runs/{run.slug}/" rel="nofollow noopener noreferrer">it</a>' in page
    assert 'run-mention-state">running</span>' in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


def test_a_run_that_the_reader_may_not_see_is_not_named(project):
    secret = logged_run(factories.make_project(), name="secret name")
    report = make_report(project, f"See @run:{secret.slug} and <http://x.y/runs/{secret.slug}/>.")
    page = page_of(factories.team_admin(project), report)
    assert "secret name" not in page
    assert f"@run:{secret.slug}</code>" in page
    client = Client()
    client.force_login(factories.team_admin(project))
    assert client.get(f"/runs/{secret.slug}/card/").status_code == 404


def test_more_mentions_cost_no_more_queries(project):
    runs = [logged_run(project, name=f"run {place}") for place in range(6)]
    client = Client()
    client.force_login(factories.team_admin(project))
    costs = []
    for some in (runs[:2], runs):
        report = make_report(project, " ".join(f"@run:{run.slug}" for run in some))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/r/{report.slug}/").content.decode()
        assert page.count('class="run-mention"') == len(some)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_published_mentions_keep_the_name_and_tell_no_name_that_readers_may_not_see(project):
    run, person = logged_run(project, name="old name"), factories.team_admin(project)
    elsewhere = factories.make_project(project.team, visibility=Visibility.PRIVATE)
    project.visibility = Visibility.PUBLIC
    project.save()
    hidden = logged_run(elsewhere, name="hidden name")
    report = make_report(project, f"@run:{run.slug} and @run:{hidden.slug}")
    publish(report=report, by=person)
    run.name = "new name"
    run.save()
    page = page_of(person, report)
    assert "old name" in page
    assert "new name" not in page
    assert "hidden name" not in page
    assert "hidden name" in page_of(person, report, "draft/")


def test_the_card_of_a_run_says_what_it_is(project):
    run = logged_run(project, name=HOSTILE, config={"model": {"kind": "mlp"}, HOSTILE: HOSTILE})
    client = Client()
    client.force_login(factories.team_admin(project))
    card = client.get(f"/runs/{run.slug}/card/").content.decode()
    assert "<dt>model.kind</dt><dd>mlp</dd>" in card
    assert '<dt>val/loss</dt><dd class="number">2</dd>' in card
    assert "<script>alert" not in card
    assert "<img src=x" not in card


def test_long_reports_have_their_contents_beside_them(project):
    person = factories.team_admin(project)
    long = make_report(project, "\n\n".join(f"## Part {n} <b>x</b>" for n in range(4)))
    assert page_of(person, long).count('href="#section-part-') == 4
    assert 'class="report-side"' not in page_of(person, make_report(project, "## One\n\n## Two"))
    publish(report=long, by=person)
    assert 'class="report-side"' in page_of(person, long)
