"""The schemas of an OpenAPI document as a tool carries them: JSON Schema 2020-12, what they refer to under `$defs`."""

from collections.abc import Mapping
from typing import Any

from local_agentcore.gateway.errors import OpenApiUnusable

Json = Mapping[str, Any]
COMPONENTS = "#/components/schemas/"
# Of OpenAPI alone, or about the document and not about the value.
_LEFT_OUT = frozenset({"nullable", "discriminator", "xml", "externalDocs", "example", "deprecated"})
_BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


class ToolSchema:
    """Collects the schemas of one tool.

    Args:
        components: `components.schemas` of the document.
    """

    def __init__(self, components: Json) -> None:
        self._components = components
        self._used: dict[str, Any] = {}

    def plain(self, schema: Any) -> dict[str, Any]:
        """One schema in JSON Schema's words; what it refers to is collected.

        Raises:
            OpenApiUnusable: It refers to something that is not among the components.
        """
        if not isinstance(schema, Mapping):
            raise OpenApiUnusable("a schema is no object")
        return {key: self._member(key, value) for key, value in _modern(schema).items()}

    def finished(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A whole schema, with everything that was referred to."""
        return {**schema, "$defs": dict(sorted(self._used.items()))} if self._used else schema

    def referenced(self, schema: Json) -> Json:
        """The schema itself, or the one that it refers to."""
        while "$ref" in schema:
            schema = self._component(schema["$ref"])
        return schema

    def _member(self, key: str, value: Any) -> Any:
        if key == "$ref":
            return f"#/$defs/{self._collected(value)}"
        if key in {"default", "enum", "const", "examples", "required"}:
            return value  # values, in which `nullable` is no keyword
        if key in {"properties", "patternProperties"} and isinstance(value, Mapping):
            return {name: self.plain(each) for name, each in value.items()}
        if isinstance(value, Mapping):
            return self.plain(value)
        if isinstance(value, list):
            return [self.plain(each) if isinstance(each, Mapping) else each for each in value]
        return value

    def _collected(self, reference: Any) -> str:
        schema = self._component(reference)
        name = str(reference).removeprefix(COMPONENTS)
        if name not in self._used:
            self._used[name] = {}  # first: a schema may refer to itself
            self._used[name] = self.plain(schema)
        return name

    def _component(self, reference: Any) -> Json:
        found = self._components.get(str(reference).removeprefix(COMPONENTS))
        if not str(reference).startswith(COMPONENTS) or not isinstance(found, Mapping):
            raise OpenApiUnusable("a schema refers to something that is not among the document's components")
        return found


def _modern(schema: Json) -> dict[str, Any]:
    """OpenAPI 3.0 has its own words for null and for open bounds."""
    kept = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
    if schema.get("nullable") is True and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
    for exclusive, bound in _BOUNDS:
        if kept.get(exclusive) is True:
            kept[exclusive] = kept.pop(bound, None)
        if isinstance(kept.get(exclusive), bool) or kept.get(exclusive, 0) is None:
            del kept[exclusive]
    return kept
