"""The forms that a page offers."""

from html.parser import HTMLParser
from typing import NamedTuple


class Form(NamedTuple):
    """A form that is sent by POST, with what its fields hold when the page is opened."""

    action: str
    fields: dict[str, str]


def post_forms(page: str, address: str) -> list[Form]:
    """The POST forms of a page that lies at the address, in order."""
    reader = _Reader(address)
    reader.feed(page)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = None
            if found.get("method", "").lower() == "post":
                self._open = Form(found.get("action") or self.address, {})
                self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and (self._select not in self._open.fields or "selected" in found):
            self._open.fields[self._select] = found.get("value", "")
        elif tag in ("input", "textarea", "button") and "name" in found and _is_sent(found):
            self._open.fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _is_sent(field: dict[str, str]) -> bool:
    return field.get("type") not in ("radio", "checkbox") or "checked" in field
