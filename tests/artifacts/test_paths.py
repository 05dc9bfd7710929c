"""Which names files may have, and what is said of those they may not."""

import pytest

from apps.artifacts.paths import BadPath, checked_path, folder_of
from tests.artifacts.files import put
from tests.factories import api_client, make_run, team_admin


@pytest.mark.parametrize(
    "path",
    [
        "a.txt",
        "media/val loss/3.png",
        "a..b/...",
        ".hidden",
        "per%cent/#hash?query&amp;",
        "日本語/файл.txt",
        "emoji 👩‍💻.md",
        "C:/windows.txt",
        "~/home",
        "x" * 250,
        "/".join(["y" * 99] * 10),
    ],
)
def test_a_name_in_any_script_is_taken(path):
    assert checked_path(path) == path


def test_names_are_kept_in_one_unicode_form():
    assert checked_path("cafe\u0301.txt") == "caf\u00e9.txt"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "empty"),
        ("/etc/passwd", "begins with /"),
        ("../up.txt", "the part .."),
        ("a/../../up.txt", "the part .."),
        ("a/./b", "the part ."),
        ("..", "the part .."),
        ("a//b", "empty part"),
        ("folder/", "must name a file"),
        ("a\\..\\b", "backslash"),
        ("nul\x00.txt", "NUL"),
        ("line\nend", "U+000A"),
        ("bell\x07", "U+0007"),
        ("del\x7f", "U+007F"),
        ("next\x85line", "U+0085"),
        ("report\u202etxt.exe", "U+202E"),
        ("half\ud800", "surrogate"),
        ("a /b", "space"),
        ("x" * 251, "251 bytes, at most 250"),
        ("/".join(["é" * 100] * 6), "1,205 bytes, at most 1,000"),
    ],
)
def test_a_name_that_leads_or_reads_elsewhere_is_refused_with_the_reason(path, why):
    with pytest.raises(BadPath) as refused:
        checked_path(path)
    assert why in refused.value.message
    assert refused.value.fields["path"]
    refused.value.message.encode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["../../x", "a\\b", "a\nb", "a\x00b", "a/", "/x", "a//b"])
def test_the_api_says_why(path):
    run = make_run()
    answer = put(api_client(team_admin(run)), run, path, b"x")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_path")


def test_a_file_lies_in_its_folder():
    assert [folder_of(path) for path in ("a", "a/b", "a/b/c")] == ["", "a", "a/b"]
