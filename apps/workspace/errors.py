"""What the workspace refuses."""

from apps.core.errors import TrackerError


class ViewExists(TrackerError):
    code = "view_exists"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            f"You have a view called {name} in this project. Save over it, or choose another name.",
            fields={"name": "is taken"},
        )
