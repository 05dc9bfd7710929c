"""ES modules of a page, named to the browser at once: else it hears of each from the one that imports it."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*"(\.[^"]+)";$', re.MULTILINE)


@cache
def modules_of(path: str) -> tuple[str, ...]:
    """A script and all that it imports, by their static paths. What it imports only when it is needed is left out."""
    found = [path]
    for one in found:
        source = finders.find(one)
        if isinstance(source, str):
            text = Path(source).read_text(encoding="utf-8")
            wanted = (
                posixpath.normpath(posixpath.join(posixpath.dirname(one), name)) for name in _IMPORT.findall(text)
            )
            found += [name for name in dict.fromkeys(wanted) if name not in found]
    return tuple(found)


@register.simple_tag
def preloaded(*paths: str) -> SafeString:
    """`{% preloaded "panels/panel-board.js" %}`: links for scripts and all they import."""
    names = dict.fromkeys(name for path in paths for name in modules_of(path))
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(name),) for name in names))
