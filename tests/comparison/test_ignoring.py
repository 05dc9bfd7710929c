"""The ignore list: which keys a pattern is, and what cannot be one."""

import pytest

from apps.comparison.errors import MAX_IGNORED
from apps.comparison.ignoring import ignores
from apps.comparison.models import IgnoredKey
from apps.comparison.services import ignore_key, show_key
from apps.core.errors import Invalid
from tests.factories import make_project, make_user


@pytest.mark.parametrize(
    ("pattern", "key", "hidden"),
    [
        ("config.seed", "config.seed", True),
        ("config.seed", "config.seeds", False),
        ("config.seed", "config.a.seed", False),
        ("config.*", "config.a.seed", True),
        ("*.seed", "config.a.seed", True),
        ("packages.nvidia-*", "packages.nvidia-cublas", True),
        ("config.a[0].*", "config.a[0].b", True),
        ("config.a.b", "config.axb", False),
        ("config.(x|y)*", "config.(x|y)z", True),
        ("config.*", "config.a\nb", True),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "axc", False),
        ("ab*ba", "aba", False),
        ("a**b", "ab", True),
        ("*b*", "abc", True),
    ],
)
def test_a_star_is_any_text_and_all_else_is_itself(pattern, key, hidden):
    assert ignores([pattern])(key) is hidden
    assert ignores(["nothing.like.it", pattern, "other.*"])(key) is hidden


def test_no_patterns_ignore_nothing():
    assert not ignores([])("config.seed")


@pytest.mark.django_db
def test_a_key_is_ignored_once_and_shown_again():
    project, user = make_project(), make_user()
    assert ignore_key(project, " config.seed ", user) == ignore_key(project, "config.seed", user) == "config.seed"
    assert IgnoredKey.objects.filter(project=project).count() == 1
    show_key(make_project(), "config.seed")
    assert IgnoredKey.objects.filter(project=project).count() == 1
    show_key(project, "config.seed")
    show_key(project, "config.seed")
    assert IgnoredKey.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", ["", "  ", "*", "**", "a*" * 9, "x" * 501, "a\x00b", "\ud800"])
def test_what_names_nothing_cannot_be_ignored(pattern):
    with pytest.raises(Invalid):
        ignore_key(make_project(), pattern, make_user())
    assert IgnoredKey.objects.count() == 0


@pytest.mark.django_db
def test_the_list_is_bounded():
    project, user = make_project(), make_user()
    IgnoredKey.objects.bulk_create(IgnoredKey(project=project, pattern=f"a.{place}") for place in range(MAX_IGNORED))
    with pytest.raises(Invalid, match="200"):
        ignore_key(project, "config.seed", user)
