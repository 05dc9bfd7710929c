"""From what was sent to what is stored: terminal states, bytes that are no text, long lines, secrets."""

import pytest

from apps.console.lines import MAX_LINE_BYTES, Sent, arrived


def stored(*texts: str) -> list[str]:
    return [line.text.decode() for line in arrived([Sent(1, 0, text) for text in texts]).lines]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("plain", ["plain"]),
        ("", [""]),
        ("ends with windows\r\n", ["ends with windows"]),
        ("one\ntwo\n\nfour", ["one", "two", "", "four"]),
        ("\r 10%\r 20%\r100%", ["100%"]),
        (" 10%\r 20%\r", [" 20%"]),
        ("bar 50%\r       \rDone", ["Done"]),
        ("1/9 [..]\b\b\b\b\b\b\b\b\r9/9 [==]\b\b\b\b\b\b\b\b\r", ["9/9 [==]"]),
        ("\r", [""]),
        ("nul\x00byte", ["nul�byte"]),
        ("lone \ud800 and \udc00", ["lone � and �"]),
        ("pair \ud83d\ude42", ["pair 🙂"]),
        ("\x1b[31mred\x1b[0m", ["\x1b[31mred\x1b[0m"]),
    ],
)
def test_a_text_becomes_the_lines_a_terminal_would_show(text: str, lines: list[str]):
    assert stored(text) == lines


def test_an_unfinished_line_gives_its_place_to_the_next_of_its_stream():
    batch = [
        Sent(1, 1, "10%", unfinished=True),
        Sent(2, 0, "epoch 1"),
        Sent(3, 1, "20%", unfinished=True),
        Sent(4, 0, "epoch 2"),
    ]
    came = arrived(batch)
    assert [line.text for line in came.lines] == [b"epoch 1", b"epoch 2"]
    assert came.unfinished == {0: None, 1: (3, 1, b"20%")}
    came = arrived([*batch, Sent(5, 1, "100%")])
    assert [line.text for line in came.lines] == [b"epoch 1", b"epoch 2", b"100%"]
    assert came.unfinished == {0: None, 1: None}


def test_an_unfinished_line_is_kept_as_long_as_a_progress_bar_may_be():
    came = arrived([Sent(1, 0, "#" * 5_000, unfinished=True)])
    line = came.unfinished[0]
    assert line is not None
    assert line.text.startswith(b"#" * 4_096 + " … [cut: the line had 5,000".encode())


def test_a_line_over_1_mib_is_cut_at_a_character_and_says_so():
    (line,) = arrived([Sent(1, 0, "ü" * MAX_LINE_BYTES)]).lines
    assert len(line.text) < MAX_LINE_BYTES + 200
    assert line.text.decode().endswith("ü … [cut: the line had 2,097,152 bytes, 1,048,576 are kept]")
    (line,) = arrived([Sent(1, 0, "x" + "ü" * MAX_LINE_BYTES)]).lines
    assert "1,048,575 are kept" in line.text.decode()
    (line,) = arrived([Sent(1, 0, "x" * MAX_LINE_BYTES)]).lines
    assert line.text == b"x" * MAX_LINE_BYTES


def test_secrets_are_hidden_and_other_lines_stay_as_they_are():
    token = "ghp_" + "a1B2" * 9
    lines = arrived([Sent(1, 0, "before"), Sent(2, 1, f"token is {token}"), Sent(3, 0, "after")]).lines
    assert [line.time for line in lines] == [1, 2, 3]
    assert [line.stream for line in lines] == [0, 1, 0]
    assert token.encode() not in b"".join(line.text for line in lines)
    assert (lines[0].text, lines[2].text) == (b"before", b"after")


def test_a_secret_of_several_lines_leaves_the_lines_around_it_alone(monkeypatch):
    monkeypatch.setattr(
        "apps.console.lines.scrubbed_in_pieces", lambda text: text.replace("BEGIN\nkey\nkey\nEND", "[hidden]")
    )
    texts = ["a", "b", "BEGIN", "key", "key", "END", "c", "d"]
    lines = arrived([Sent(place, 0, text) for place, text in enumerate(texts)]).lines
    assert [(line.time, line.text) for line in lines] == [(0, b"a"), (1, b"b"), (2, b"[hidden]"), (6, b"c"), (7, b"d")]
