"""Which lines a search finds: as if every line were looked at alone, without its codes, however it is done."""

import random
import re
import time

import pytest

from apps.console import search
from apps.console.ansi import plain
from apps.console.chunks import Chunk, encode_lines
from apps.console.errors import PatternTooLarge
from apps.console.lines import Line
from apps.console.search import Pattern

CODES = [b"\x1b[0m", b"\x1b[1;31m", b"\x1b[K", b"\x1b]0;abc\x07", b"\x1b(B"]


def chunk_of(lines: list[bytes]) -> Chunk:
    (encoded,) = encode_lines([Line(0, 0, line) for line in lines], 1)
    return Chunk(1, encoded.lines, encoded.facts, encoded.text)


def found(pattern: Pattern, chunk: Chunk, *, first: int = 0, seconds: float = 60.0) -> list[int]:
    """The places that match, in as many rounds as it takes."""
    places: list[int] = []
    while True:
        for place, matches in pattern.looked(chunk, first, time.monotonic() + seconds):
            if not matches:
                assert place > first
                first = place
                break
            places.append(place)
        else:
            return places


def coloured_lines(draw: random.Random, count: int) -> list[bytes]:
    """Lines of few letters, with codes anywhere in some of them."""
    lines = []
    for _ in range(count):
        line = b"".join(draw.choice([b"a", b"B", b"b", b" ", b"0", b"[", b"m", "ü".encode()]) for _ in range(9))
        for _ in range(draw.choice([0, 0, 1, 3])):
            at = draw.randrange(len(line) + 1)
            if line[at : at + 1] != "ü".encode()[1:]:
                line = line[:at] + draw.choice(CODES) + line[at:]
        lines.append(line)
    return lines


@pytest.mark.parametrize("seed", range(8))
def test_a_text_is_found_where_it_is_shown_with_codes_inside_of_it_and_never_inside_of_codes(seed: int):
    draw = random.Random(seed)
    lines = coloured_lines(draw, 600 if seed % 2 else 40)
    shown = [plain(line).decode() for line in lines]
    chunk = chunk_of(lines)
    for text in ("ab", "b a", "m", "[0", "0m", "bb0", "ü", "Üa", "aBb m", "[1;31m", "\x1b", "c"):
        folded = [place for place, line in enumerate(shown) if text.lower() in line.lower()]
        assert found(Pattern(text), chunk) == folded, text
        assert found(Pattern(text, match_case=True), chunk) == [
            place for place, line in enumerate(shown) if text in line
        ]
        assert found(Pattern(text), chunk, first=7, seconds=-1.0) == [place for place in folded if place >= 7]


@pytest.mark.parametrize("piece", [1, 30, 200, 32 * 2**10])
def test_an_expression_finds_the_same_lines_in_pieces_of_any_size(monkeypatch, piece: int):
    monkeypatch.setattr(search, "PIECE_BYTES", piece)
    lines = coloured_lines(random.Random(9), 500)
    cut = [plain(line)[:piece] if len(plain(line)) > piece else plain(line) for line in lines]
    chunk = chunk_of(lines)
    for text in (r"^a.*b$", r"b{2,}|0 0", r"a\b", r"[^a]0"):
        pattern = Pattern(text, is_expression=True, match_case=True)
        expected = [place for place, line in enumerate(cut) if re.search(text, line.decode(errors="replace"), re.ASCII)]
        if piece > 20:
            assert found(pattern, chunk) == expected, text
        assert found(pattern, chunk) == found(pattern, chunk, seconds=-1.0)


def test_an_expression_sees_the_first_32_kib_of_a_line_and_a_text_all_of_it():
    chunk = chunk_of([b"x" * 40_000 + b"needle", b"needle", b"y" * 100_000, b"a needle"])
    assert found(Pattern("needle"), chunk) == [0, 1, 3]
    assert found(Pattern("n.edle", is_expression=True), chunk) == [1, 3]


@pytest.mark.parametrize("pattern", ["[ab]{0,1000}a" * 20, ".{0,1000}x{0,1000}", r"\p{L}{2,100}"])
def test_an_expression_of_many_steps_is_refused_before_it_runs(pattern: str):
    with pytest.raises(PatternTooLarge, match=r"at most 4,000 are allowed"):
        Pattern(pattern, is_expression=True)
