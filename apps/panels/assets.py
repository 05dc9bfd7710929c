"""The JavaScript that is made, not written: the Vega bundle and the compiled specs of the built-in panels.

vl-convert compiles here, when assets are built, and never in a web process: it must not run before a fork.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import vl_convert

HERE = Path(__file__).resolve().parent
SOURCES = (HERE / "specs.py", HERE / "assets.py")
STATIC = HERE / "static" / "panels"
VL_CONVERT = version("vl-convert-python")
BUNDLE = STATIC / "vega-bundle.js"
SPECS = STATIC / "line-specs.js"
STAMP = "// made by manage.py build_assets from "


def build() -> list[Path]:
    """Write the files that are missing or made from something else. Returns those it wrote."""
    wrote = []
    stamp = f"{STAMP}vl-convert {VL_CONVERT}, exports 2"
    if first_line(BUNDLE) != stamp:
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        replace_file(BUNDLE, f"{stamp}\n{with_parts(bundle)}")
        wrote.append(BUNDLE)
    stamp = f"{stamp}, altair {version('altair')}, specs {digest(SOURCES)}"
    if first_line(SPECS) != stamp:
        replace_file(SPECS, f"{stamp}\nexport const lineSpecs = {json.dumps(_line_specs(), separators=(',', ':'))};\n")
        wrote.append(SPECS)
    return wrote


# vega-embed makes its views so; from here come the names the bundler gave to Vega and to its interpreter.
_VIEW_MADE = re.compile(r"new\(\w+\.viewClass\|\|(?P<vega>[\w$]+)\.View\)")
_INTERPRETER = re.compile(r"\.expressionInterpreter\?\?[\w$]+\.expr\?\?(?P<interpreter>[\w$]+)")
_LITE = re.compile(r'"vega-lite":\(\w+,\w+\)=>(?P<lite>[\w$]+)\.compile\(')


def with_parts(bundle: str) -> str:
    """The bundle, also exporting Vega, its interpreter and Vega-Lite: the one made by vl-convert 1.9 has them as null.

    With them a spec is parsed once for all panels, and a new one drawn before the old one goes, which vegaEmbed cannot.
    Raises ValueError when the bundle is not as known: then look at how it is made now.
    """
    vega, interpreter, lite = _VIEW_MADE.search(bundle), _INTERPRETER.search(bundle), _LITE.search(bundle)
    if vega is None or interpreter is None or lite is None:
        raise ValueError(f"The bundle of vl-convert {VL_CONVERT} hides Vega; adapt apps/panels/assets.py.")
    names = {"vega": vega["vega"], "interpreter": interpreter["interpreter"], "vegaLite": lite["lite"]}
    return f"{bundle}\nexport {{ {', '.join(f'{ours} as {name}' for name, ours in names.items())} }};\n"


def _line_specs() -> dict[str, dict[str, Any]]:
    from apps.panels import specs  # takes a second, which a start of the site need not pay

    return compiled(
        {f"{x}-{y}": specs.line_panel(x=x, y=y) for x in get_args(specs.XAxis) for y in get_args(specs.YScale)}
    )


def compiled(sources: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Vega specs of Vega-Lite line panels."""
    from apps.panels.specs import trimmed

    return {name: trimmed(vl_convert.vegalite_to_vega(spec)) for name, spec in sources.items()}


def digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def first_line(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open(encoding="utf-8") as file:
        return file.readline().rstrip("\n")


def replace_file(path: Path, text: str) -> None:
    """Write beside and rename, so that a server reading it never sees half a file."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
