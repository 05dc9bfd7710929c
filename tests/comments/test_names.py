"""Who a text names, and how that is marked in its HTML."""

import pytest

from apps.comments.names import MAX_NAMES, marked, names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@anna", ["anna"]),
        ("Ask @Anna.", ["anna.", "anna"]),
        ("(@anna, @b-c_d+1)", ["anna", "b-c_d+1"]),
        ("@ci@vision ran", ["ci@vision"]),
        ("@Änne sees", ["änne"]),
        ("anna@example.org and https://x.org/@anna", []),
        ("`@anna` and\n```py\n@anna\n```\n", []),
        ("@", []),
    ],
)
def test_a_name_is_what_follows_an_at_sign(text, names):
    assert names_in(text) == names


def test_only_so_many_names_are_looked_for():
    assert len(names_in(" ".join(f"@n{number}" for number in range(200)))) == MAX_NAMES


def test_a_name_is_marked_in_words_and_nowhere_else():
    html = '<p>@Anna. <a title="@anna > x" href="/@anna">@anna</a> <code>@anna</code> &lt;@anna @other</p>'
    assert marked(html, {"anna"}) == (
        '<p><mark class="mention">@Anna</mark>. <a title="@anna > x" href="/@anna">@anna</a> <code>@anna</code> '
        '&lt;<mark class="mention">@anna</mark> @other</p>'
    )
