"""Console lines over HTTP: receipts, windows, following, search, download, and the bad input of the world."""

import gzip
import threading
import time

import orjson
import pytest
import zstandard

from apps.accounts.models import Scope
from apps.console import queries
from apps.console.lines import MAX_LINE_BYTES
from apps.console.services import settle
from apps.core import ids
from apps.runs.models import Run, State, Visibility
from tests.factories import api_client, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def logs_path(run: Run, end: str = "logs/") -> str:
    return f"/api/v1/runs/{ids.to_text(run.id)}/{end}"


def batch(*texts: str, seq: int = 0, writer: str = "w", **more) -> dict:
    lines = [{"time": 1_000 + place, "stream": "stdout", "text": text} for place, text in enumerate(texts)]
    return {"writer": writer, "seq": seq, "lines": lines, **more}


@pytest.fixture
def run():
    return make_run()


@pytest.fixture
def client(run):
    return api_client(team_admin(run))


@pytest.fixture
def read(client, run):
    """read(search="x", …): the answer's JSON."""

    def ask(**params):
        answer = client.get(logs_path(run), params)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


def numbers(answer):
    return [line["n"] for line in answer["lines"]]


def test_lines_are_answered_with_a_receipt_and_a_retry_with_another(run, client, read):
    answer = client.send("POST", logs_path(run), batch("a", "b"))
    assert answer.json() == {"accepted": 2, "duplicate": False, "total": 2, "attempt": 1}
    again = client.send("POST", logs_path(run), batch("a", "b"))
    assert again.json() == {"accepted": 0, "duplicate": True, "total": 2, "attempt": 1}
    other = client.send("POST", logs_path(run), batch("a", "c"))
    assert (other.status_code, other.json()["code"]) == (409, "batch_differs")
    assert read() == {
        "lines": [
            {"n": 1, "time": 1_000, "stream": "stdout", "attempt": 1, "text": "a"},
            {"n": 2, "time": 1_001, "stream": "stdout", "attempt": 1, "text": "b"},
        ],
        "total": 2,
        "next": "2",
        "more": False,
        "unfinished": [],
    }


def test_a_retry_of_lines_without_times_is_the_same_batch(run, client, read):
    untimed = {"writer": "w", "seq": 0, "lines": [{"text": "a"}]}
    before = time.time() * 1000
    assert client.send("POST", logs_path(run), untimed).json()["accepted"] == 1
    threading.Event().wait(0.005)
    assert client.send("POST", logs_path(run), untimed).json()["duplicate"]
    assert before - 1 <= read()["lines"][0]["time"] <= time.time() * 1000 + 1


def test_lines_are_a_sign_of_life(run, client):
    Run.objects.update(state=State.CRASHED)
    client.send("POST", logs_path(run), batch("a"))
    run.refresh_from_db()
    assert run.state == State.RUNNING


def test_windows_and_the_cursor_for_following(run, client, read):
    client.send("POST", logs_path(run), batch(*[f"line {n}" for n in range(1, 1_001)]))
    newest = read(limit=3)
    assert (numbers(newest), newest["next"], newest["more"]) == ([998, 999, 1_000], "1000", False)
    first = read(**{"from": 1, "limit": 2})
    assert (numbers(first), first["next"], first["more"]) == ([1, 2], "2", True)
    assert numbers(read(after=first["next"], limit=2)) == [3, 4]
    nothing = read(after=newest["next"])
    assert (numbers(nothing), nothing["next"]) == ([], "1000")
    client.send("POST", logs_path(run), batch("new", seq=1))
    assert [line["text"] for line in read(after=nothing["next"])["lines"]] == ["new"]
    beyond = read(**{"from": 5_000})
    assert (numbers(beyond), beyond["more"]) == ([], False)


def test_a_stream_alone_keeps_the_numbers(run, client, read):
    lines = [{"stream": "stderr" if n % 3 == 0 else "stdout", "text": str(n)} for n in range(1, 31)]
    client.send("POST", logs_path(run), {"writer": "w", "seq": 0, "lines": lines})
    assert numbers(read(stream="stderr", limit=3)) == [24, 27, 30]
    some = read(**{"stream": "stderr", "from": 1, "limit": 2})
    assert (numbers(some), some["next"]) == ([3, 6], "8")
    assert numbers(read(stream="stderr", after="8", limit=2)) == [9, 12]
    assert numbers(read(stream="stderr", search="2")) == [12, 21, 24, 27]


def test_the_newest_of_a_rare_stream_are_found_far_back(run, client, read, monkeypatch):
    monkeypatch.setattr(queries, "LINES_BACK", 10)
    lines = [{"stream": "stderr" if n in (5, 11, 30) else "stdout", "text": str(n)} for n in range(1, 101)]
    client.send("POST", logs_path(run), {"writer": "w", "seq": 0, "lines": lines})
    assert numbers(read(stream="stderr", limit=2)) == [11, 30]
    assert numbers(read(stream="stderr")) == [5, 11, 30]
    monkeypatch.setattr(queries, "SEARCH_SECONDS", -1.0)
    early = read(**{"stream": "stderr", "from": 40})
    assert (numbers(early), early["next"], early["more"]) == ([], "100", False)


def test_search_ignores_case_and_colours_and_goes_on_where_it_ended(run, client, read):
    texts = [f"step {n} \x1b[1mLoss\x1b[0m 0.{n}" for n in range(1, 101)]
    client.send("POST", logs_path(run), batch(*texts))
    settle(run.id)
    client.send("POST", logs_path(run), batch("the LOSS again", seq=1))
    found = read(search="loss 0.5", limit=4)
    assert (numbers(found), found["more"]) == ([5, 50, 51, 52], True)
    assert numbers(read(search="loss 0.5", after=found["next"])) == [53, 54, 55, 56, 57, 58, 59]
    assert found["lines"][0]["text"] == texts[4]
    assert numbers(read(search="LOSS", case="1")) == [101]
    assert numbers(read(search=r"^step \d loss 0\.[12]$", regex="1")) == [1, 2]
    assert numbers(read(search=r"step \d loss", regex="0")) == []
    nothing = read(search="nowhere")
    assert (numbers(nothing), nothing["more"], nothing["total"]) == ([], False, 101)


def test_no_match_spans_two_lines_and_each_line_is_found_once(run, client, read):
    client.send("POST", logs_path(run), batch("a a a", "", "b", "a", ""))
    assert numbers(read(search="a")) == [1, 4]
    assert numbers(read(search=r"a\s*b", regex="1")) == []
    assert numbers(read(search=r"^$", regex="1")) == [2, 5]
    assert numbers(read(search="x*", regex="1")) == [1, 2, 3, 4, 5]


def test_a_pattern_that_would_hang_others_is_answered_quickly(run, client, read):
    client.send("POST", logs_path(run), batch(*["a" * 5_000] * 50))
    began = time.monotonic()
    assert numbers(read(search=r"(a|aa)+(a|aa)+(a|aa)+$b", regex="1")) == []
    assert time.monotonic() - began < 5
    for pattern in ("(", "[z-a]", "a{100000}", "(?P<n>", "\\", "[ab]{0,900}a" * 60):
        answer = client.get(logs_path(run), {"search": pattern, "regex": "1"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_pattern"), pattern
        assert "search" in answer.json()["fields"]


def test_a_search_that_takes_too_long_says_where_to_go_on(run, client, read, monkeypatch):
    for seq in range(3):
        client.send("POST", logs_path(run), batch(*["x" * 1_000] * 200, "needle", seq=seq))
    monkeypatch.setattr(queries, "SEARCH_SECONDS", -1.0)
    found, answer = [], read(search="needle")
    rounds = 1
    while answer["more"]:
        found += numbers(answer)
        answer = read(search="needle", after=answer["next"])
        rounds += 1
    assert found + numbers(answer) == [201, 402, 603]
    assert rounds > 1


def test_searches_wait_for_each_other_and_are_refused_when_that_takes_too_long(run, client, monkeypatch):
    monkeypatch.setattr(queries, "SEARCH_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(queries, "_searching", threading.BoundedSemaphore(1))
    with queries._searching:
        answer = client.get(logs_path(run), {"search": "x"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "2")
    assert client.get(logs_path(run), {"search": "x"}).status_code == 200


def test_more_searches_than_may_wait_are_refused_at_once(run, client, monkeypatch):
    monkeypatch.setattr(queries, "_asked", threading.BoundedSemaphore(1))
    with queries._asked:
        began = time.monotonic()
        answer = client.get(logs_path(run), {"search": "x"})
        assert time.monotonic() - began < queries.SEARCH_WAIT_SECONDS / 2
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "2")
    assert client.get(logs_path(run), {"search": "x"}).status_code == 200


def test_long_lines_are_cut_on_arrival_and_shown_as_wide_as_asked(run, client, read):
    client.send("POST", logs_path(run), batch("y" * (MAX_LINE_BYTES + 5), "short"))
    lines = read(width=100)["lines"]
    assert (lines[0]["text"], lines[1]["text"]) == ("y" * 100, "short")
    assert "more" not in lines[1]
    whole = read()["lines"][0]["text"]
    assert lines[0]["more"] == len(whole) - 100
    assert whole.endswith("… [cut: the line had 1,048,581 bytes, 1,048,576 are kept]")


def test_an_answer_ends_before_it_is_too_large(run, client, read):
    for seq in range(3):
        client.send("POST", logs_path(run), batch(*["z" * 1_000_000] * 5, seq=seq))
    answer = read(**{"from": 1})
    assert 8 <= len(answer["lines"]) < 15
    assert answer["more"]
    assert numbers(read(after=answer["next"], width=80)) == list(range(len(answer["lines"]) + 1, 16))


def test_bytes_that_are_no_text_are_replaced_visibly(run, client, read):
    body = (
        b'{"writer":"w","seq":0,"lines":[{"text":"bad \xff\xfe byte"},{"text":"lone \\ud800"},{"text":"nul \\u0000"}]}'
    )
    assert client.send("POST", logs_path(run), body).status_code == 200
    assert [line["text"] for line in read()["lines"]] == ["bad �� byte", "lone �", "nul �"]
    assert client.send("POST", logs_path(run), b"\xff\xfe").json()["code"] == "body_unreadable"


@pytest.mark.parametrize(("pack", "encoding"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
def test_a_packed_body_is_read_and_its_bomb_refused(run, client, pack, encoding):
    packed = pack(orjson.dumps(batch("a")))
    assert client.send("POST", logs_path(run), packed, HTTP_CONTENT_ENCODING=encoding).json()["accepted"] == 1
    bomb = pack(orjson.dumps(batch("a", seq=1))[:-1] + b" " * 2**26 + b"}")
    answer = client.send("POST", logs_path(run), bomb, HTTP_CONTENT_ENCODING=encoding)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"lines": None}, {"lines"}),
        ({"writer": ""}, {"writer"}),
        ({"seq": -1}, {"seq"}),
        ({"attempt": 0}, {"attempt"}),
        ({"attempt": 2}, {"attempt"}),
        ({"lines": ["text"]}, {"lines[0]"}),
        ({"lines": [{"text": "a"}, {"text": 5}]}, {"lines[1].text"}),
        ({"lines": [{"text": "a", "stream": "stdin"}]}, {"lines[0].stream"}),
        ({"lines": [{"text": "a", "stream": ["stdout"]}]}, {"lines[0].stream"}),
        ({"lines": [{"text": "a", "time": "now"}]}, {"lines[0].time"}),
        ({"lines": [{"text": "a", "time": 1e300}]}, {"lines[0].time"}),
        ({"lines": [{"text": "a", "time": 9223372036854775808.0}]}, {"lines[0].time"}),
        ({"lines": [{"text": "a", "unfinished": 1}]}, {"lines[0].unfinished"}),
    ],
)
def test_a_bad_batch_is_refused_by_path_and_stores_nothing(run, client, read, change, fields):
    answer = client.send("POST", logs_path(run), {**batch("a"), **change})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == fields
    assert read()["total"] == 0
    assert client.send("POST", logs_path(run), batch("a")).json()["accepted"] == 1


def test_too_many_lines_are_refused_by_their_number(run, client):
    answer = client.send("POST", logs_path(run), {"writer": "w", "seq": 0, "lines": [{"text": ""}] * 100_001})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_lines")
    assert "100,001" in answer.json()["message"]
    empty = client.send("POST", logs_path(run), {"writer": "w", "seq": 0, "lines": []})
    assert empty.json()["accepted"] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"from": "0"},
        {"from": "1", "after": "1"},
        {"after": "x"},
        {"limit": "5001"},
        {"limit": "٣"},
        {"stream": "stdin"},
        {"width": "10"},
        {"regex": "yes"},
        {"search": "x" * 1_001},
        {"serach": "x"},
    ],
)
def test_a_bad_question_is_refused_and_says_why(run, client, params):
    answer = client.get(logs_path(run), params)
    assert answer.status_code == 400
    assert answer.json()["fields"]


def test_the_text_is_streamed_with_headers_that_run_nothing(run, client):
    client.send("POST", logs_path(run), batch("<script>alert(1)</script>", "\x1b[31mred\x1b[0m", ""))
    answer = client.get(logs_path(run, "logs.txt"))
    assert answer.streaming
    assert answer.getvalue() == b"<script>alert(1)</script>\n\x1b[31mred\x1b[0m\n\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{run.slug}.log"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert client.get(logs_path(run, "logs.txt"), {"plain": "1"}).getvalue().split(b"\n")[1] == b"red"
    assert client.head(logs_path(run, "logs.txt")).getvalue() == b""


def test_who_may_not_see_a_run_sees_no_line_of_it():
    owner, reader, stranger = make_user(), make_user(), make_user()
    run = make_run(make_project(make_team(admin=owner, viewer=reader)))
    assert api_client(owner).send("POST", logs_path(run), batch("a")).status_code == 200
    assert api_client(reader).send("POST", logs_path(run), batch("b")).status_code == 404
    assert api_client(owner, Scope.READ).send("POST", logs_path(run), batch("b")).status_code == 403
    for end in ("logs/", "logs.txt"):
        assert api_client(reader, Scope.READ).get(logs_path(run, end)).status_code == 200
        assert api_client(stranger).get(logs_path(run, end)).status_code == 404
        assert api_client(stranger).post(logs_path(run, "logs/")).status_code == 404
    run.project.visibility = Visibility.PUBLIC
    run.project.save()
    assert api_client(stranger).get(logs_path(run)).json()["total"] == 1


def test_another_method_is_refused_in_our_words(run, client):
    for end in ("logs/", "logs.txt"):
        answer = client.send("PUT", logs_path(run, end), {})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert "GET" in answer["Allow"]
