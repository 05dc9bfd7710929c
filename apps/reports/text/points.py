"""What a comment says first: the verdict, what it rests on, and what to know about it."""

from collections.abc import Sequence

from apps.core.templatetags.figures import grouped, signed
from apps.reports.text.alike import SHOWN_COMMIT
from apps.reports.text.inert import WIDTH, code, columns
from apps.reports.text.standing import Change, Measured, Metric, Verdict, measured, metrics_of, verdict
from apps.reports.text.words import Facts, compared, mark, number_text
from apps.runs.directions import Direction

SHORTEST = 6  # columns of a name that tells something
_HEX = set("0123456789abcdef")


def points(facts: Facts, found: Facts) -> list[str]:
    said, metrics = verdict(found), metrics_of(found)
    known = [*_standing(found, metrics, said), *_class_point(found), *_commits(found)]
    warnings = [*_states(found), *_not_finite(found), *_uncommitted(found)]
    if broken := len(facts["problems"]):
        warnings.append(f"{broken} {'panel' if broken == 1 else 'panels'} could not be drawn")
    lines = [f"- {one}" for one in known] + [f"- ⚠ {one}" for one in warnings]
    return [_headline(found, said, metrics), *(["", *lines] if lines else [])]


def _headline(found: Facts, said: Verdict, metrics: Sequence[Metric]) -> str:
    if not metrics:
        return "**No verdict**: its runs logged no metric that is compared"
    key = code(metrics[0].key, 24)
    if said.word == "Mixed":
        if not (said.main and said.main.better):
            return f"**Mixed**: {key} worse, others better"
        others = f"{len(said.worse)} others" if len(said.worse) > 1 else code(said.worse[0], 17)
        return f"**Mixed**: {code(metrics[0].key, 17)} better, {others} worse"
    if said.word == "Nothing to compare":
        one = "these are seeds of one setting" if len(found["lines"][0]["runs"]) > 1 else "this is one run"
        return f"**Nothing to compare**: {one}"
    if said.word == "No baseline":
        return "**No baseline** is named to compare with"
    if said.word == "No verdict":
        why = "no direction is known" if metrics[0].direction == Direction.UNKNOWN else "not in both"
        return f"**No verdict** on {key}: {why}"
    return f"**{said.word}** {'beside' if said.word.endswith('change') else 'than'} the baseline on {key}"


def _standing(found: Facts, metrics: Sequence[Metric], said: Verdict) -> list[str]:
    """The best line and the baseline on the main metric, and how far they are apart."""
    points = []
    for word, place in (("best", found["best"]), ("baseline", found["baseline"])):
        if place is not None and metrics:
            of_line = measured(metrics[0].values[place])
            behind = f": {number_text(of_line)}, {_seeds(found['lines'][place], of_line)}"
            name = code(found["lines"][place]["name"], max(12, WIDTH - len(f"- {word} ") - columns(behind)))
            points.append(f"{word} {name}{behind}")
    if said.main is not None:
        base, best = (measured(metrics[0].values[found[name]]) for name in ("baseline", "best"))
        points.append(
            f"change {_relative(said.main, base, metrics[0])}{mark(said.main)}{_spread(said.main, base, best)}"
        )
    return points


def _seeds(line: Facts, of_line: Measured | None) -> str:
    """How many runs a number is of, and of how many: some may lack the metric."""
    there, number = of_line.n if of_line else 0, len(line["runs"])
    if number == 1:
        return "1 run"
    return f"{number} seeds" if there == number else f"{there} of {number} seeds"


def _relative(moved: Change, base: Measured | None, metric: Metric) -> str:
    """The difference; of what is better when it is lower, in percent too: of shares, percent would read as points."""
    share = ""
    if base and metric.direction == Direction.MIN and base.mean > 0 and abs(moved.delta) < 10 * base.mean:
        share = f" ({100 * moved.delta / base.mean:+.0f} %)".replace("-", "−")
    return f"{signed(moved.delta)}{share}"


def _spread(moved: Change, base: Measured | None, best: Measured | None) -> str:
    if not (base and best) or moved.delta == 0:
        return ""
    if base.n == best.n == 1:
        return ", from one run each"
    return ", more than seeds spread" if moved.clear else ", within the seeds' spread"


def _class_point(found: Facts) -> list[str]:
    classes = found["classes"]
    if classes is None or not compared(found) or Direction(classes["direction"]) == Direction.UNKNOWN:
        return []
    said = f"{grouped(classes['worse']) if classes['worse'] else 'none'} of {grouped(classes['total'])} classes lost"
    lost = f"{said} {code(classes['metric'], 14)}"
    worst = classes["rows"][0]
    if classes["worse"] and None not in worst["values"]:
        room = WIDTH - columns(f"- {lost}, most  {(moved := signed(worst['values'][1] - worst['values'][0]))}")
        lost += f", most {code(worst['name'], room)} {moved}" if room >= SHORTEST else ""
    return [lost]


def _commits(found: Facts) -> list[str]:
    base, best = found["baseline"], found["best"] if found["best"] is not None else found["baseline"]
    here = _commit(found["lines"][best]["commits"]) if best is not None else ""
    there = _commit(found["lines"][base]["commits"]) if base not in (None, best) else ""
    if here and there and here != there:
        return [f"commit {here}, baseline {there}"]
    return [f"commit {here}"] if here else []


def _commit(commits: Sequence[str]) -> str:
    """The first of some commits, as hosts make a link of it."""
    if not commits:
        return ""
    first, more = commits[0], len(commits) - 1
    shown = first[:SHOWN_COMMIT] if set(first) <= _HEX and len(first) >= SHOWN_COMMIT else code(first, 12)
    return f"{shown} +{more}" if more else shown


def _states(found: Facts) -> list[str]:
    """How many runs did not end well, or not yet."""
    counts: dict[str, int] = {}
    for line in found["lines"]:
        for state, number in line["states"].items():
            counts[state] = counts.get(state, 0) + number
    total = sum(counts.values())
    return [
        f"{grouped(number)} of {grouped(total)} {'run' if total == 1 else 'runs'} {state}"
        for state, number in sorted(counts.items())
        if state != "finished"
    ]


def _not_finite(found: Facts) -> list[str]:
    """Metrics of the best line with values that are NaN or infinite."""
    if found["best"] is None:
        return []
    odd = [(one["key"], one["not_finite"][found["best"]]) for one in found["metrics"]]
    return [f"{grouped(number)} points of {code(key, 24)} not finite" for key, number in odd if number]


def _uncommitted(found: Facts) -> list[str]:
    dirty, total = sum(line["dirty"] for line in found["lines"]), sum(len(line["runs"]) for line in found["lines"])
    if not dirty:
        return []
    return [f"**uncommitted changes** in {grouped(dirty)} of {grouped(total)} {'run' if total == 1 else 'runs'}"]
