"""What a Vega expression may say: known functions alone, and those that make things within bounds. No Django.

Vega itself checks what an expression is; this looks for what would take a browser or a drawing process down.
"""

import re
from collections.abc import Iterator, Sequence

from apps.rendering.limits import MAX_EXPRESSION, MAX_GENERATED, MAX_WIDTH

# https://vega.github.io/vega/docs/expressions/ without those for logging and timeSequence; _LOOKED_AT are
# checked one by one.
_NAMES = """
    isArray isBoolean isDate isDefined isNumber isObject isRegExp isString isValid
    toBoolean toDate toNumber toString
    if isNaN isFinite abs acos asin atan atan2 ceil clamp cos exp floor hypot log max min pow random round sin sqrt tan
    cumulativeNormal cumulativeLogNormal cumulativeUniform densityNormal densityLogNormal densityUniform
    quantileNormal quantileLogNormal quantileUniform sampleNormal sampleLogNormal sampleUniform
    now datetime date day dayofyear year quarter month week hours minutes seconds milliseconds time timezoneoffset
    timeOffset timeUnitSpecifier utc utcdate utcday utcdayofyear utcyear utcquarter utcmonth utcweek
    utchours utcminutes utcseconds utcmilliseconds utcOffset dayFormat dayAbbrevFormat monthFormat
    monthAbbrevFormat timeFormat utcFormat timeParse utcParse timeUnitFormat
    extent clampRange indexof inrange join lastindexof length lerp peek pluck reverse slice sort span
    lower upper substring split trim truncate parseFloat parseInt btoa atob
    merge item group xy x y pinchDistance pinchAngle inScope event
    data indata scale invert copy domain range bandwidth bandspace gradient panLinear panLog panPow panSymlog
    zoomLinear zoomLog zoomPow zoomSymlog rgb hsl lab hcl luminance contrast
    geoArea geoBounds geoCentroid geoScale treePath treeAncestors containerSize screen windowSize
    vlSelectionTest vlSelectionIdTest vlSelectionResolve vlSelectionTuples
    """
FUNCTIONS = frozenset(_NAMES.split())
_LOOKED_AT = ("sequence", "pad", "format", "regexp", "test", "replace")
_TOKEN = re.compile(r"""\s+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*|\d[\w.]*|.""", re.DOTALL)
_NUMBER = re.compile(r"\s*([-+]?)\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*")
_TEXT = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*""", re.DOTALL)
_PATTERN = re.compile(r"\s*/((?:[^/\\\n]|\\.)+)/[a-z]*\s*")
_REPEATED = re.compile(r"(?<!\\)(?:[*+]|\{\d*,?\d*\})")
# [[fill]align][sign][symbol][0][width][,][.precision][~][type] of d3-format
_FORMAT = re.compile(r"(?:.?[<>=^])?[-+( ]?[$#]?0?(\d*),?(?:\.(\d+))?~?[a-zA-Z%]?", re.DOTALL)


def expression_problem(text: str) -> str:
    """What an expression may not say; "" when nothing is wrong with it."""
    if len(text) > MAX_EXPRESSION:
        return f"An expression has at most {MAX_EXPRESSION:,} characters; this has {len(text):,}."
    tokens = [(found.start(), found.group()) for found in _TOKEN.finditer(text) if not found.group().isspace()]
    for place, (start, letters) in enumerate(tokens[:-1]):
        if tokens[place + 1][1] != "(":
            continue
        before = tokens[place - 1][1] if place else ""
        if letters == "]" or (before == "." and _is_name(letters)):
            return f'"{text[start : start + 40]}": expressions call functions by name alone, nothing out of a value.'
        if not _is_name(letters):
            continue
        if letters in _LOOKED_AT:
            arguments = list(_arguments(text, tokens[place + 1][0] + 1))
            if problem := _bounded(letters, arguments):
                return problem
        elif letters not in FUNCTIONS:
            return f"{letters[:40]}() is no function that expressions may call here."
    return ""


def format_problem(text: str) -> str:
    """What a number's format may not say: 2e9 characters of padding, for one."""
    found = _FORMAT.fullmatch(text)
    if found and any(_more_than(digits, MAX_WIDTH) for digits in found.groups()):
        return f"A format pads to at most {MAX_WIDTH} characters; {text[:40]} asks for more."
    return ""


def _is_name(letters: str) -> bool:
    return letters[:1].isalpha() or letters[:1] in "_$"


def _bounded(function: str, arguments: Sequence[str]) -> str:
    if function == "sequence":
        return _sequence_problem(arguments)
    if function == "pad":
        width = _number(arguments[1]) if len(arguments) > 1 else None
        if width is None or width > MAX_WIDTH:
            return f"pad() is given its width as a number of at most {MAX_WIDTH}."
    elif function == "format":
        return _format_problem(arguments)
    elif function == "regexp" or function == "test":
        return _pattern_problem(function, arguments[:1])
    elif function == "replace" and len(arguments) > 1 and _TEXT.fullmatch(arguments[1]) is None:
        if re.match(r"\s*regexp\s*\(", arguments[1]):
            return ""  # looked at by itself
        return _pattern_problem(function, arguments[1:2])
    return ""


def _sequence_problem(arguments: Sequence[str]) -> str:
    numbers = [_number(one) for one in arguments]
    known = [one for one in numbers if one is not None]
    if len(known) < len(numbers) or not 1 <= len(known) <= 3:
        return "sequence() is given its ends and step as numbers, so that its length is known before."
    start, stop = (0.0, known[0]) if len(known) == 1 else known[:2]
    return generator_problem(start, stop, known[2] if len(known) == 3 else 1.0)


def generator_problem(start: float, stop: float, step: float) -> str:
    """Whether start, start + step, … stop is too long."""
    if step == 0:
        return "A sequence needs a step other than 0."
    many = (stop - start) / step
    if many > MAX_GENERATED:
        return f"A sequence makes at most {MAX_GENERATED:,} values; this would make {many:,.0f}."
    return ""


def _format_problem(arguments: Sequence[str]) -> str:
    if len(arguments) < 2:
        return ""
    literals = re.findall(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", arguments[1])
    outside = re.sub(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", "", arguments[1])
    if not literals or "\\" in arguments[1] or re.search(r"\+|[\w$\])]\s*\(", outside):
        return "format() is given its format as a text, so that its width is known before."
    return next((problem for pair in literals for text in pair if (problem := format_problem(text))), "")


def _pattern_problem(function: str, arguments: Sequence[str]) -> str:
    """A pattern may repeat once: nested or adjacent repetitions take time that grows without end."""
    argument = arguments[0] if arguments else ""
    if function != "regexp" and re.match(r"\s*regexp\s*\(", argument):
        return ""  # looked at by itself
    found = _TEXT.fullmatch(argument) or _PATTERN.fullmatch(argument)
    if found is None:
        return f"{function}() is given its pattern as a text, so that it can be looked at before."
    pattern = next(part for part in found.groups() if part is not None)
    if re.search(r"\\[ux]", pattern):
        return f"{function}() is given its pattern in plain letters, without \\u and \\x: it is looked at before."
    if len(_REPEATED.findall(pattern)) > 1 or re.search(r"\\[1-9]", pattern):
        return f"A pattern repeats at most once (*, + or {{}}); {pattern[:40]} may take for ever on some texts."
    return ""


def _number(argument: str) -> float | None:
    found = _NUMBER.fullmatch(argument)
    if found is None:
        return None
    return float(found.group(2)) * (-1 if found.group(1) == "-" else 1)


def _arguments(text: str, at: int) -> Iterator[str]:
    """The arguments of a call whose bracket opened before at, as they are written."""
    depth, begin = 0, at
    for found in _TOKEN.finditer(text, at):
        letters = found.group()
        if letters in "([{":
            depth += 1
        elif letters in ")]}":
            if depth == 0:
                if text[begin : found.start()].strip():
                    yield text[begin : found.start()]
                return
            depth -= 1
        elif letters == "," and depth == 0:
            yield text[begin : found.start()]
            begin = found.end()


def _more_than(digits: str | None, most: int) -> bool:
    return bool(digits) and (len(digits or "") > 9 or int(digits or 0) > most)
