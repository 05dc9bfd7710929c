"""Kept HTML served at another place: its own addresses change, everything else stays to the letter."""

import pytest

from apps.reports.exports.addresses import readdressed
from apps.reports.exports.frozen_panels import panel_html

KEPT = (
    '<p id="section-a">1 &lt; 2 &amp; 3&nbsp;&#8230; <a href="#section-a">up</a> <a href="https://example.org/?a=1&amp;b">x</a>'
    '<br><input type="checkbox" disabled="" checked> <a href="mailto:a@b.c">m</a> <a href="//example.org/">y</a></p>\n'
    '<svg viewBox="0 0 16 4" aria-hidden="true"><path d="M0 2h16"/></svg>\u2028\x85<math><mi>x</mi></math>'
)


def moved(kept: str, places: dict[str, str]) -> str:
    return "".join(readdressed(kept, places.get))


def test_what_is_not_the_sites_own_stays_to_the_letter():
    assert moved(KEPT, {}) == KEPT
    long = KEPT * 2_000  # read in parts
    assert moved(long, {}) == long


@pytest.mark.parametrize("address", ["/runs/x/", "x", "../x", "?a=1", "/r/a/pieces/b"])
def test_an_own_address_is_asked_about_and_is_words_when_it_leads_nowhere(address):
    kept = f'<a class="c" href="{address}" title="t" rel="nofollow">a <b>b</b></a><a href="#x">c</a>'
    assert moved(kept, {}) == '<span class="c" title="t">a <b>b</b></span><a href="#x">c</a>'
    there = moved(kept, {address: '/s/"<&'})
    assert there.startswith('<a class="c" href="/s/&quot;&lt;&amp;" title="t" rel="nofollow">a <b>b</b></a>')
    assert moved(f'<img src="{address}" alt="a"><p>b</p>', {}) == '<img alt="a"><p>b</p>'


def test_a_tag_in_the_value_of_an_attribute_is_no_tag():
    kept = '<abbr title="<a href=&quot;/runs/x/&quot;> > <figure>">a</abbr><a title=\'"\' href="/b">c</a>'
    assert moved(kept, {}) == kept.replace('<a title=\'"\' href="/b">c</a>', '<span title="&quot;">c</span>')
    assert panel_html(kept, 1) is None


def test_data_that_a_link_holds_is_for_saving():
    assert moved('<a href="/d">d</a>', {"/d": "data:x,y"}) == '<a href="data:x,y" download>d</a>'


def test_an_address_is_told_without_its_escapes():
    assert moved('<img src="/a?b=1&amp;c=2">', {"/a?b=1&c=2": "/d"}) == '<img src="/d">'


def test_a_panel_is_cut_out_with_what_stands_in_it():
    kept = f"{KEPT}<figure id=\"one\"><figure>a</figure>&amp;</figure>{KEPT}<figure id='two'>b</figure>"
    assert panel_html(kept, 1) == '<figure id="one"><figure>a</figure>&amp;</figure>'
    assert panel_html(kept, 2) == "<figure id='two'>b</figure>"
    assert panel_html(kept, 3) is None
    assert panel_html(kept, 0) is None
