"""The page of a run's files: folders, previews, media over steps, delete and undo."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.artifacts import services
from apps.artifacts.models import RunFile
from apps.runs.models import Run, Visibility
from tests.artifacts.files import HTML, SVG, png, wav
from tests.factories import browser, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def put(run: Run, path: str, body: bytes | str = b"x") -> RunFile:
    return services.put_file(run, path, io.BytesIO(body.encode() if isinstance(body, str) else body))


def page_of(run: Run, client: Client | None = None, **asked: Any) -> str:
    answer = (client or browser(team_admin(run))).get(f"/runs/{run.slug}/files/", asked)
    assert answer.status_code == 200, answer.status_code
    text: str = answer.content.decode()
    return text


def test_a_run_without_files_says_how_to_send_one():
    run = make_run()
    page = page_of(run)
    assert "No files yet" in page
    assert "run.log_file(" in page
    assert f"curl -T model.pt http://testserver/api/v1/runs/{run.slug}/files/models/model.pt" in page


def test_folders_come_first_with_what_lies_below_them():
    run = make_run()
    put(run, "readme.txt", "hello")
    put(run, "models/a.pt", b"\0" * 1_000)
    put(run, "models/deep/b.pt", b"\1" * 1_048)
    page = page_of(run)
    assert "3 files" in page
    assert page.index("models/</a>") < page.index("readme.txt")
    assert "a.pt" not in page
    assert "2.0\xa0KB" in page
    inner = page_of(run, folder="models")
    assert "a.pt" in inner
    assert "deep/" in inner
    assert "readme.txt" not in inner


def test_a_search_finds_files_in_every_folder():
    run = make_run()
    put(run, "models/Best.pt")
    put(run, "other/x.pt")
    page = page_of(run, search="best")
    assert "models/Best.pt" in page
    assert "other/x.pt" not in page
    assert "No file has this in its path." in page_of(run, search="nothing\x00")


def test_many_files_are_paged():
    run = make_run()
    file = put(run, "f000.txt")
    RunFile.objects.bulk_create(
        RunFile(run=run, path=f"f{n:03}.txt", blob=file.blob, changed_at=file.changed_at) for n in range(1, 250)
    )
    page = page_of(run)
    assert "1–100 of 250" in page
    assert "f099.txt" in page
    assert "f100.txt" not in page
    assert "f249.txt" in page_of(run, page=3)


def test_ten_files_cost_as_many_queries_as_two(django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    run = make_run()
    client = browser(team_admin(run))
    counts = []
    for number in range(10):
        put(run, f"a{number}/{number}.txt", str(number))
        put(run, f"{number}.txt", str(number))
        if number in (1, 9):
            with CaptureQueriesContext(connection) as asked:
                page_of(run, client)
            counts.append(len(asked))
    assert counts[0] == counts[1]


# --- previews ---


def test_text_has_numbered_lines_and_more_on_asking():
    run = make_run()
    put(run, "log.txt", "".join(f"line {n} <b>&\n" for n in range(20_000)))
    page = page_of(run, file="log.txt")
    assert '<li id="L1"><code>line 0 &lt;b&gt;&amp;</code></li>' in page
    assert "The first 64.0\xa0KB of" in page
    assert "Show more" in page
    more = page_of(run, file="log.txt", bytes=262144)
    assert more.count("<li id=") > 3 * page.count("<li id=")
    assert "Show more" not in page_of(run, file="log.txt", bytes=10**9)


@pytest.mark.parametrize("body", ["x" * 100_000, "\n" * 3, "", "\r\n", "é" * 40_000, "\x1b[31mred\x1b[0m"])
def test_any_text_is_shown(body):
    run = make_run()
    put(run, "a.txt", body)
    page_of(run, file="a.txt")


def test_a_table_shows_its_first_rows_and_says_how_many_there_are():
    run = make_run()
    put(run, "t.csv", "name;value\n" + "".join(f"row {n};{n}\n" for n in range(250)))
    page = page_of(run, file="t.csv")
    assert '<th scope="col">name</th><th scope="col">value</th>' in page
    assert "<td>row 99</td><td>99</td>" in page
    assert "row 100" not in page
    assert "100 of 250 rows." in page
    assert '<li id="L2"><code>row 0;0</code></li>' in page_of(run, None, file="t.csv", **{"as": "text"})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a",
        'a,"unclosed\n' + "x" * 200_000,
        "a\x0bb\n1\n",
        ",".join("c" * 3 for _ in range(500)),
        "a,b\n1\n1,2,3\n",
        "\n\n",
    ],
)
def test_an_odd_table_is_shown_all_the_same(body):
    run = make_run()
    put(run, "t.csv", body)
    page_of(run, file="t.csv")


def test_json_is_a_tree_that_folds_without_scripts():
    run = make_run()
    put(run, "c.json", json.dumps({"lr": 0.1, "layers": [1, 2, {"name": "<x>"}], "note": None, "ok": True}))
    page = page_of(run, file="c.json")
    assert "<details open>" in page
    assert '<span class="name">lr</span> <span class="value">0.1</span>' in page
    assert "&quot;&lt;x&gt;&quot;" in page
    assert "<code>{&quot;lr&quot;" in page_of(run, None, file="c.json", **{"as": "text"})


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "",
        "NaN",
        "[" * 5_000 + "]" * 5_000,
        "[" * 60 + "]" * 60,
        '{"a": Infinity}',
        json.dumps(list(range(5_000))),
        '"\\ud800"',
    ],
)
def test_odd_json_is_shown_all_the_same(body):
    run = make_run()
    put(run, "c.json", body)
    page_of(run, file="c.json")


def test_a_long_list_says_how_much_is_left_out():
    run = make_run()
    put(run, "c.json", json.dumps(list(range(5_000))))
    page = page_of(run, file="c.json")
    assert "The first 2,000 values are shown." in page
    assert "3 001 more" in page


def test_pictures_and_sounds_are_shown_and_pages_only_as_text():
    run = make_run()
    put(run, "p.png", png())
    put(run, "s.wav", wav())
    put(run, "x.svg", SVG)
    put(run, "x.html", HTML)
    put(run, "x.bin", b"\0\1")
    assert f'<img src="/api/v1/runs/{run.slug}/files/p.png"' in page_of(run, file="p.png")
    assert f'<audio controls preload="metadata" src="/api/v1/runs/{run.slug}/files/s.wav"' in page_of(run, file="s.wav")
    for path in ("x.svg", "x.html"):
        page = page_of(run, file=path)
        assert "&lt;script&gt;" in page
        assert f'href="/api/v1/runs/{run.slug}/files/{path}" ' not in page  # no Open, only Download
        assert f"files/{path}?download" in page
    assert "There is no preview" in page_of(run, file="x.bin")


def test_media_over_steps_are_a_strip():
    run = make_run()
    for step in (2, 10, 1):
        put(run, f"media/val/samples/{step}.png", png(colour=(step, 0, 0)))
    put(run, "media/val/samples/notes.txt", "no picture")
    page = page_of(run, folder="media/val/samples")
    assert "<media-strip>" in page
    assert 'step <b data-part="step">10</b>' in page
    assert 'max="2" value="2"' in page
    steps = json.loads(page.partition('type="application/json">')[2].partition("</script>")[0])
    assert [one["step"] for one in steps] == ["1", "2", "10"]
    middle = page_of(run, file="media/val/samples/2.png")
    assert "file=media%2Fval%2Fsamples%2F1.png" in middle
    assert "<media-strip>" not in page_of(run, file="media/val/samples/notes.txt")


def test_names_are_text_on_the_page():
    run = make_run()
    put(run, "<script>alert(1)</script>&\"'?.txt", "x")
    page = page_of(run)
    assert "<script>alert" not in page
    assert 'href="?folder=%3Cscript%3Ealert%281%29%3C"' in page


# --- who may ---


def test_who_sees_the_page_and_who_deletes():
    people = {name: make_user(name) for name in ("member", "viewer", "stranger")}
    team = make_team("vision", admin=make_user(), member=people["member"], viewer=people["viewer"])
    run = make_run(make_project(team))
    put(run, "a.txt", "secret words")
    for name, reads, deletes in (("stranger", 404, 404), ("viewer", 200, 404), ("member", 200, 302)):
        client = browser(people[name])
        answer = client.get(f"/runs/{run.slug}/files/", {"file": "a.txt"})
        assert answer.status_code == reads
        assert (b"files/delete/" in answer.content) == (name == "member")
        assert reads == 200 or b"secret words" not in answer.content
        assert client.post(f"/runs/{run.slug}/files/delete/", {"path": "a.txt"}).status_code == deletes
    assert browser().get(f"/runs/{run.slug}/files/").status_code == 302
    assert browser().post(f"/runs/{run.slug}/files/delete/", {"path": "a.txt"}).status_code in (302, 401)


def test_anyone_sees_the_files_of_a_public_project():
    run = make_run(make_project(visibility=Visibility.PUBLIC))
    put(run, "a.txt", "words")
    assert "words" in page_of(run, browser(), file="a.txt")


def test_a_deleted_file_can_be_brought_back_for_an_hour():
    run = make_run()
    client = browser(team_admin(run))
    put(run, "models/a.pt", "x")
    gone = client.post(f"/runs/{run.slug}/files/delete/", {"path": "models/a.pt"})
    assert gone.status_code == 302
    page = client.get(gone["Location"]).content.decode()
    assert "Deleted <b>models/a.pt</b>" in page
    file = RunFile.objects.get()
    back = client.post(f"/runs/{run.slug}/files/restore/", {"file": file.id})
    assert "a.pt" in client.get(back["Location"]).content.decode()
    assert list(
        AuditEvent.objects.filter(action__startswith="file.").order_by("id").values_list("action", flat=True)
    ) == [
        "file.deleted",
        "file.restored",
    ]
    services.delete_file(team_admin(run), run, "models/a.pt")
    RunFile.objects.update(deleted_at=timezone.now() - timedelta(hours=2))
    assert client.post(f"/runs/{run.slug}/files/restore/", {"file": file.id}).status_code == 404


def test_a_file_that_came_again_is_not_overwritten_by_the_deleted_one():
    run = make_run()
    client = browser(team_admin(run))
    put(run, "a.txt", "old")
    client.post(f"/runs/{run.slug}/files/delete/", {"path": "a.txt"})
    put(run, "a.txt", "new")
    old = RunFile.objects.exclude(deleted_at=None).get()
    answer = client.post(f"/runs/{run.slug}/files/restore/", {"file": old.id})
    assert answer.status_code == 409
    assert RunFile.objects.get(deleted_at=None).size == 3


@pytest.mark.parametrize("asked", [{"file": "../x"}, {"file": "missing"}])
def test_a_file_that_is_not_there_is_said_so(asked):
    run = make_run()
    put(run, "a.txt")
    assert browser(team_admin(run)).get(f"/runs/{run.slug}/files/", asked).status_code in (400, 404)


@pytest.mark.parametrize(
    "asked", [{"page": "x"}, {"bytes": "²"}, {"bytes": "-1"}, {"deleted": "x"}, {"folder": "a\x00/"}]
)
def test_odd_questions_get_a_page(asked):
    run = make_run()
    put(run, "a.txt")
    page_of(run, file="a.txt", **asked)
    page_of(run, **asked)
