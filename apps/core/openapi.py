"""The OpenAPI document, made once."""

from typing import Any, ClassVar

from drf_spectacular.generators import SchemaGenerator


class RememberedSchema(SchemaGenerator):
    """Keeps what it made for as long as the process runs: making it takes a second, and everybody is told the same."""

    _made: ClassVar[dict[bool, Any]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        if public not in self._made:
            self._made[public] = super().get_schema(request, public)
        return self._made[public]
