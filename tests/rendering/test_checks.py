"""What a panel's document may hold: every refusal by a hostile spec, each beside what is allowed."""

import json

import pytest

from apps.rendering.checks import language_of, problems_of
from apps.rendering.documents import read_document
from apps.rendering.limits import MAX_BYTES, MAX_PROBLEMS

VEGA = "https://vega.github.io/schema/vega/v6.json"
LINES = {"data": {"name": "loss"}, "mark": "line", "encoding": {"x": {"field": "step", "type": "quantitative"}}}


def messages(spec, known=("loss",)):
    return [f"{one.path}: {one.message}" for one in problems_of(read_document(json.dumps(spec)), known)]


def lines(**more):
    return {**LINES, **more}


def calculated(expression):
    return lines(transform=[{"calculate": expression, "as": "made"}])


def vega(**more):
    return {"$schema": VEGA, "data": [{"name": "loss"}], "marks": [{"type": "rect", "from": {"data": "loss"}}], **more}


GOOD = {
    "lines": LINES,
    "its own rows": lines(data={"values": [{"step": 1, "url": "a column may be called anything"}]}),
    "rows as CSV": lines(data={"values": "step,value\n1,2", "format": {"type": "csv"}}),
    "rows by name, as Altair writes them": lines(data={"name": "d-1"}, datasets={"d-1": [{"step": 1}]}),
    "a short sequence": lines(data={"sequence": {"start": 0, "stop": 100, "as": "step"}}),
    "several views": {"hconcat": [LINES, {"layer": [LINES, LINES]}]},
    "a lookup": lines(
        transform=[{"lookup": "run", "from": {"data": {"name": "loss"}, "key": "run", "fields": ["name"]}}]
    ),
    "an expression": calculated("format(datum.value, '.3f') + ' at ' + pad(toString(datum.step), 8, ' ', 'left')"),
    "a pattern": calculated("replace(datum.name, regexp('^run-+', 'g'), '')"),
    "a literal pattern": calculated("test(/^a[0-9]+$/, datum.name)"),
    "a sequence in an expression": calculated("sequence(0, 10, 2)"),
    "a control": lines(params=[{"name": "smooth", "value": 1, "bind": {"input": "range", "min": 1, "max": 9}}]),
    "a time's format": lines(encoding={"x": {"field": "time", "type": "temporal", "axis": {"format": "%Y-%m-%d"}}}),
    "sizes": lines(width="container", height={"step": 20}),
    "what Paceline adds": lines(usermeta={"paceline": {"sources": {"loss": {"kind": "history", "url": "x"}}}}),
    "a link in a title": lines(title="see https://example.org (loss)"),
    "Vega": vega(),
    "Vega's own data": vega(
        data=[
            {"name": "loss"},
            {"name": "best", "source": "loss", "transform": [{"type": "filter", "expr": "datum.a"}]},
        ],
        marks=[
            {
                "type": "group",
                "from": {"facet": {"name": "of_run", "data": "best", "groupby": "run"}},
                "marks": [{"type": "line", "name": "drawn", "from": {"data": "of_run"}}],
            }
        ],
    ),
    "Vega-Lite 5": lines(**{"$schema": "https://vega.github.io/schema/vega-lite/v5.20.1.json"}),
}


@pytest.mark.parametrize("spec", GOOD.values(), ids=GOOD.keys())
def test_a_good_panel_has_no_problems(spec):
    assert messages(spec) == []


HOSTILE = {
    "an address": (lines(data={"url": "https://example.org/x.csv"}), "data.url: Panels load nothing"),
    "a file": (lines(data={"url": "file:///etc/passwd"}), "data.url: Panels load nothing"),
    "what Altair makes of a text": (lines(data={"url": "history"}), "alt.Chart(paceline.history(…))"),
    "an address in a lookup": (
        lines(transform=[{"lookup": "a", "from": {"data": {"url": "x"}, "key": "a"}}]),
        "transform[0].from.data.url",
    ),
    "an address in Vega": (vega(data=[{"name": "loss", "url": "x"}]), "data[0].url"),
    "an image": (lines(mark="image"), "mark: Panels hold no links and no pictures"),
    "an image by its type": (lines(mark={"type": "image", "url": "x"}), "mark.type: Panels hold no links"),
    "an image in Vega": (vega(marks=[{"type": "image"}]), "marks[0].type: Panels hold no links"),
    "an image deep in Vega": (
        vega(marks=[{"type": "group", "marks": [{"type": "image", "encode": {"update": {"url": {"value": "x"}}}}]}]),
        "marks[0].marks[0].type",
    ),
    "a link": (lines(mark={"type": "point", "href": "https://example.org"}), "mark.href"),
    "a link by data": (lines(encoding={"href": {"field": "name"}}), "encoding.href"),
    "a cursor from elsewhere": (lines(mark={"type": "bar", "cursor": "URL (http://a/b)"}), "mark.cursor"),
    "a fill from elsewhere": (lines(mark={"type": "bar", "fill": "url(http://a/b#c)"}), "mark.fill"),
    "options of embed": (lines(usermeta={"embedOptions": {"loader": {}}}), "usermeta.embedOptions"),
    "a control in the page": (
        lines(params=[{"name": "a", "bind": {"input": "text", "element": "body"}}]),
        "params[0].bind.element",
    ),
    "rows of a map": (
        lines(data={"values": {}, "format": {"type": "topojson", "feature": "x"}}),
        "data.format.type: Rows in a document are json, csv, tsv, dsv",
    ),
    "a long sequence": (lines(data={"sequence": {"start": 0, "stop": 1e9}}), "at most 10,000 values"),
    "a fine sequence": (lines(data={"sequence": {"start": 0, "stop": 1, "step": 1e-9}}), "1,000,000,000"),
    "a sequence without steps": (lines(data={"sequence": {"start": 0, "stop": 1, "step": 0}}), "other than 0"),
    "a sequence that goes back": (lines(data={"sequence": {"start": 0, "stop": -1e9, "step": -1}}), "10,000"),
    "a long sequence in Vega": (
        vega(data=[{"name": "loss", "transform": [{"type": "sequence", "start": 0, "stop": 1e9}]}]),
        "10,000 values",
    ),
    "a sequence of a signal": (
        vega(data=[{"name": "loss", "transform": [{"type": "sequence", "stop": {"signal": "1e9"}}]}]),
        "as numbers",
    ),
    "imputed keys": (
        lines(transform=[{"impute": "a", "key": "b", "keyvals": {"start": 0, "stop": 1e9}, "value": 0}]),
        "transform[0].keyvals",
    ),
    "bins of a scale": (
        lines(encoding={"x": {"field": "a", "scale": {"bins": {"start": 0, "stop": 1, "step": 1e-9}}}}),
        "encoding.x.scale.bins",
    ),
    "a graticule": (lines(data={"graticule": {"step": [1e-6, 1e-6]}}), "A graticule has steps"),
    "a graticule in Vega": (
        vega(data=[{"name": "loss", "transform": [{"type": "graticule", "step": [1e-6, 1]}]}]),
        "A graticule has steps",
    ),
    "quantiles": (lines(transform=[{"quantile": "a", "step": 1e-9}]), "transform[0].step"),
    "many bins": (lines(encoding={"x": {"field": "a", "bin": {"maxbins": 1e9}}}), "At most 1,000 bins"),
    "many ticks": (lines(encoding={"x": {"field": "a", "axis": {"tickCount": 1e9}}}), "At most 1,000 ticks"),
    "a nice scale": (lines(encoding={"x": {"field": "a", "scale": {"nice": 1e9}}}), "At most 1,000 ticks"),
    "density": (lines(transform=[{"density": "a", "steps": 1e9}]), "At most 1,000 steps"),
    "forces": (
        vega(marks=[{"type": "symbol", "transform": [{"type": "force", "iterations": 1e9}]}]),
        "At most 1,000 iterations",
    ),
    "a grid": (
        vega(data=[{"name": "loss", "transform": [{"type": "kde2d", "size": [1e5, 1e5], "cellSize": 1}]}]),
        "A grid has at most",
    ),
    "a cross of all with all": (
        vega(data=[{"name": "loss", "transform": [{"type": "cross"}]}]),
        '"cross" is not known',
    ),
    "a transform that loads": (vega(data=[{"name": "loss", "transform": [{"type": "load"}]}]), '"load" is not known'),
    "a wide picture": (lines(width=200_000), "width: At most 2,000 px are allowed here; 200,000 came"),
    "a high picture": (vega(height=1e6), "height: At most 2,000 px"),
    "a view that is wide": ({"hconcat": [lines(width=1e5)]}, "hconcat[0].width"),
    "a configured size": (lines(config={"view": {"continuousWidth": 1e6}}), "config.view.continuousWidth"),
    "a wide step": (lines(width={"step": 1e6}), "At most 200 px for each value"),
    "a signal of the width": (vega(signals=[{"name": "width", "value": 1e6}]), "signals[0].value"),
    "a sequence in an expression": (calculated("sequence(1e9)"), "at most 10,000 values"),
    "a sequence by data": (calculated("sequence(datum.n)"), "given its ends and step as numbers"),
    "a sequence with a space": (calculated("length(sequence (0,1,1e-9))"), "at most 10,000 values"),
    "dates without end": (calculated("timeSequence('milliseconds', 0, now())"), "timeSequence() is no function"),
    "a wide pad": (calculated("pad('a', 2000000000)"), "pad() is given its width"),
    "a pad by data": (calculated("pad('a', datum.n)"), "pad() is given its width"),
    "a wide format": (lines(encoding={"text": {"field": "a", "format": "0>2000000000d"}}), "encoding.text.format"),
    "a configured format": (lines(config={"numberFormat": "2000000000"}), "config.numberFormat"),
    "a wide format in an expression": (calculated("format(1, '0>2000000000d')"), "A format pads to at most 100"),
    "a format that is put together": (calculated("format(1, '0>' + '2000000000d')"), "format() is given its format"),
    "a format by data": (calculated("format(1, datum.f)"), "format() is given its format"),
    "a hidden format": (calculated(r"format(1, '0>\x32000000000d')"), "format() is given its format"),
    "a pattern that backtracks": (calculated("test(regexp('(a+)+$'), datum.name)"), "A pattern repeats at most once"),
    "a literal that backtracks": (calculated("test(/(a+)+$/, datum.name)"), "A pattern repeats at most once"),
    "a pattern by data": (calculated("replace(datum.a, regexp(datum.b), '')"), "given its pattern as a text"),
    "a pattern that refers back": (
        calculated(r"test(regexp('(a+)\\1b'), datum.name)"),
        "A pattern repeats at most once",
    ),
    "a hidden pattern": (calculated(r"test(regexp('(a\x2b)\x2b$'), datum.a)"), "in plain letters"),
    "an unknown function": (calculated("eval('1')"), "eval() is no function"),
    "a constructor": (calculated("datum.constructor('return 1')()"), "functions by name alone"),
    "a method": (calculated("datum['a']('b')"), "functions by name alone"),
    "a method that pads": (calculated("'a'.repeat(2e9)"), "functions by name alone"),
    "a function in a label": (
        lines(encoding={"x": {"field": "a", "axis": {"labelExpr": "alert(1)"}}}),
        "encoding.x.axis.labelExpr",
    ),
    "a function in a filter": (lines(transform=[{"filter": "fetch('x')"}]), "transform[0].filter"),
    "a function in a filter's parts": (lines(transform=[{"filter": {"and": ["fetch('x')"]}}]), "filter.and[0]"),
    "conditions in conditions": (
        lines(transform=[{"filter": json.loads('{"not":' * 7 + '"datum.a"' + "}" * 7)}]),
        "Conditions are nested at most 6 deep",
    ),
    "a function in a test": (
        lines(encoding={"color": {"condition": {"test": "open('x')", "value": "red"}}}),
        "encoding.color.condition.test",
    ),
    "a function in a signal": (
        vega(signals=[{"name": "a", "on": [{"events": "click", "update": "open('x')"}]}]),
        "signals[0].on[0].update",
    ),
    "a function in an event": (
        vega(signals=[{"name": "a", "on": [{"events": "click[open('x')]", "update": "1"}]}]),
        "signals[0].on[0].events",
    ),
    "a function in a mark": (
        vega(marks=[{"type": "text", "encode": {"update": {"text": {"signal": "fetch('x')"}}}}]),
        "encode.update.text.signal",
    ),
    "a long expression": (calculated("1+" * 3_000 + "1"), "at most 4,000 characters"),
    "many layers": ({"data": {"name": "loss"}, "layer": [{"mark": "line"}] * 3_000}, "at most 100 layers"),
    "nested layers": (
        {"data": {"name": "loss"}, "layer": [{"layer": [{"mark": "line"}] * 20}] * 20},
        "at most 100 layers",
    ),
    "many repeats": (
        {"repeat": {"row": ["a"] * 20, "column": ["b"] * 20}, "spec": LINES},
        "at most 100 layers and charts side by side; this has 400",
    ),
    "many marks": (vega(marks=[{"type": "rect"}] * 200), "at most 100 layers"),
    "many transforms": (lines(transform=[{"filter": "true"}] * 200), "at most 100 transforms"),
    "many rows": (lines(data={"values": [1] * 50_000}), "At most 5,000 rows stand in a document; 50,000 came"),
    "many rows by name": (lines(datasets={"loss": [1] * 50_000}), "At most 5,000 rows"),
    "many rows of CSV": (lines(data={"values": "a\n" * 50_000, "format": {"type": "csv"}}), "At most 5,000 rows"),
    "another language": (lines(**{"$schema": "https://example.org/x.json"}), "Panels are Vega-Lite or Vega"),
    "data that nobody declared": (lines(data={"name": "los"}), 'data.name: "los" is no data that is declared; did you'),
    "data of an unknown kind": (lines(data={"format": {"type": "json"}}), "data: Panels load nothing"),
    "data in Vega that nobody declared": (vega(data=[{"name": "other"}]), "data[0].name"),
    "a mark's data in Vega": (vega(marks=[{"type": "rect", "from": {"data": "x"}}]), "marks[0].from.data"),
    "a word of no language": (lines(encodings={}), '"encodings" is not known here; did you mean "encoding"?'),
    "a mark of no language": (lines(mark="lien"), 'mark: "lien" is not known here; did you mean "line"?'),
    "a type of no language": (
        lines(encoding={"x": {"field": "a", "type": "quantitativ"}}),
        'encoding.x.type: "quantitativ" is not known here; did you mean "quantitative"?',
    ),
    "another kind of value": (lines(width=[]), "width: "),
    "a mark that is missing": ({"data": {"name": "loss"}, "encoding": {}}, '"mark" is missing here'),
    "a mark of no Vega": (vega(marks=[{"type": "lines"}]), 'did you mean "line"?'),
    "a word of no Vega": (vega(mraks=[]), 'did you mean "marks"?'),
    "a scale of no Vega": (vega(scales=[{"name": "x", "type": "liner"}]), 'did you mean "linear"?'),
}


@pytest.mark.parametrize(("spec", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_panel_is_refused_and_the_place_is_named(spec, said):
    assert any(said in one for one in messages(spec)), messages(spec)


def test_a_problem_is_said_at_its_line_and_column():
    text = '{\n  "data": {"name": "loss"},\n  "mark": {"type": "line",\n           "strokeWdth": 2}\n}'
    (problem,) = problems_of(read_document(text), ["loss"])
    assert (problem.line, problem.column, problem.path) == (4, 12, "mark.strokeWdth")
    assert problem.message == '"strokeWdth" is not known here; did you mean "strokeWidth"?'


def test_many_problems_are_said_in_the_order_of_the_text_and_at_most_ten():
    spec = lines(encoding={f"x{place}": {"field": "a"} for place in range(30)})
    problems = problems_of(read_document(json.dumps(spec, indent=1)), ["loss"])
    assert len(problems) == MAX_PROBLEMS
    assert [one.line for one in problems] == sorted(one.line for one in problems)


def test_a_document_is_vega_lite_unless_it_says_otherwise():
    assert language_of(read_document(json.dumps(LINES))) == "vega-lite"
    assert language_of(read_document(json.dumps(vega()))) == "vega"


NESTED = {
    "conditions": lines(transform=[{"filter": json.loads('{"not":' * 30 + '{"feild": 1}' + "}" * 30)}]),
    "many conditions": lines(
        transform=[{"filter": json.loads('{"not":' * 6 + '{"feild": 1}' + "}" * 6)} for _ in range(100)]
    ),
    "repeats": json.loads('{"spec":' * 36 + '{"mrak": 1}' + "}" * 36),
    "wrong channels": lines(encoding={"tooltip": [{"field": "a", "type": "x"}] * 6_000}),
    "wrong layers": {"layer": [{"mark": {"type": "lin", "x": {"y": 1}}, "encoding": {"x": {"a": 1}}}] * 90},
    "wrong layers in layers": {"layer": [{"layer": [{"mrak": {"type": "lin"}}] * 9}] * 9},
}


@pytest.mark.timeout(30)  # an exponential check would not end at all
@pytest.mark.parametrize("spec", NESTED.values(), ids=NESTED.keys())
def test_the_check_of_a_document_as_large_as_may_be_ends(spec):
    text = json.dumps(spec)
    assert len(text) <= MAX_BYTES
    assert problems_of(read_document(text), ["loss"])
