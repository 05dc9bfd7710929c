"""What a page that is loaded holds, as its script reads it."""

import json
from typing import Any


def held_of(page: str) -> dict[str, Any]:
    text = page.partition('<script id="live-held" type="application/json">')[2].partition("</script>")[0]
    found: dict[str, Any] = json.loads(text)
    return found
