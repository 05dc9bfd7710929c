"""Live parts of pages (apps/core/live.py)."""

import re
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.html import json_script
from django.utils.safestring import SafeString

from apps.core.live import digest_of, live_parts, live_views

register = template.Library()
_GOES_ON = re.compile("(<time data-(?:ago|lasting)[^>]*>)[^<]*")  # the browser counts on


def is_live(context: Any) -> bool:
    """Whether the page that is drawn stays current: its view says so."""
    request = getattr(context, "request", None)
    return getattr(getattr(request, "resolver_match", None), "func", None) in live_views


class LiveNode(template.Node):
    """One part: the element with its name as its id."""

    def __init__(self, name: FilterExpression, facts: FilterExpression | None, nodelist: NodeList) -> None:
        self.name, self.facts, self.nodelist = name, facts, nodelist

    def render(self, context: Any) -> SafeString:
        if not is_live(context):
            return self.nodelist.render(context)
        parts = live_parts(context.request)
        name = str(self.name.resolve(context))[:]  # no SafeString: a name is a key of JSON
        digest = ""
        if self.facts is not None:
            digest = digest_of(repr(self.facts.resolve(context)))
            if parts.has(name, digest):
                return parts.add(name, digest, None)
        parts.depth += 1
        html = self.nodelist.render(context).strip()
        parts.depth -= 1
        if not digest:
            token = str(context.get("csrf_token", ""))  # masked anew for every page
            digest = digest_of(_GOES_ON.sub(r"\1", html.replace(token, "") if token else html))
        return parts.add(name, digest, html)


@register.tag
def live(parser: Parser, token: Token) -> LiveNode:
    """`{% live name %}` or `{% live name of facts %}`: with facts, all it shows, a part is drawn when they differ."""
    words = token.split_contents()[1:]
    if len(words) not in (1, 3) or (len(words) == 3 and words[1] != "of"):
        raise template.TemplateSyntaxError("Write {% live name %} or {% live name of facts %}.")
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    facts = parser.compile_filter(words[2]) if len(words) == 3 else None
    return LiveNode(parser.compile_filter(words[0]), facts, nodelist)


@register.simple_tag(takes_context=True)
def live_held(context: Any) -> SafeString:
    """What the page holds, for its script; at the end of it. Nothing on pages that do not stay current.

    live in the context: whether something of the page works now; waits: whether runs may come to it.
    """
    if not is_live(context):
        return SafeString("")
    parts = live_parts(context.request)
    parts.live, parts.waits = bool(context.get("live")), bool(context.get("waits"))
    held = {"parts": parts.digests, "outline": parts.outline, "live": parts.live, "waits": parts.waits}
    return json_script(held, "live-held")
