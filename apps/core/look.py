"""How a page looks to one reader: theme and density, kept in cookies so that the first paint is right."""

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")


def look(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Context processor: look.theme and look.density, from cookies; unknown values are the default."""
    theme = request.COOKIES.get("theme", "")
    density = request.COOKIES.get("density", "")
    return {
        "look": {
            "theme": theme if theme in THEMES else THEMES[0],
            "density": density if density in DENSITIES else DENSITIES[0],
        }
    }
