"""JSON schemas as they are published: what a caller needs, and no more, because a model reads each of them each time.

The full schemas stay where they are checked: arguments against the function's own types, results against its model.
"""

from collections.abc import Mapping
from typing import Any, Final

Schema = dict[str, Any]

# Pydantic's titles repeat the names; open objects are the rule of JSON Schema.
_NOISE: Final = frozenset({"title", "additionalProperties"})


def published_input(schema: Schema) -> Schema:
    """The parameters. One that may be left out is shown without null, and without a default that means "nothing"."""
    shown = {name: _parameter(given) for name, given in schema.get("properties", {}).items()}
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": shown, **required}


def published_output(schema: Schema) -> Schema:
    """The members of an answer with their types; of a list's items and of inner objects, the names always there."""
    inner = schema.get("$defs", {})
    shown = {name: _member(given, inner) for name, given in schema.get("properties", {}).items()}
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": shown, **required}


def _parameter(schema: Schema) -> Schema:
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        schema = {**options[0], **schema}
        del schema["anyOf"]
    kept = {name: value for name, value in schema.items() if name not in _NOISE}
    if "default" in kept and _says_nothing(kept["default"]):
        del kept["default"]
    return kept


def _says_nothing(default: Any) -> bool:
    """Whether a default is what anybody expects of a parameter that is left out. A zero may be a choice."""
    return default is None or default is False or default == []


def _member(schema: Schema, inner: Mapping[str, Schema]) -> Schema:
    if "$ref" in schema:
        return _object(inner[schema["$ref"].removeprefix("#/$defs/")])
    if schema.get("type") == "array":
        items = schema["items"]
        return {"type": "array", "items": _member(items, inner)} if items.get("$ref") else {"type": "array"}
    options = schema.get("anyOf", [])
    types = [option.get("type", "object") for option in options]
    return {"type": types} if options else {name: value for name, value in schema.items() if name in {"type", "enum"}}


def _object(schema: Schema) -> Schema:
    return {"type": "object", "required": schema["required"]} if schema.get("required") else {"type": "object"}
