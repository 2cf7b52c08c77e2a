"""JSON schemas as they are published: what a caller needs, and no more, because a model reads each of them each time.

The full schemas stay where they are checked: arguments against the function's own types, results against its model.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = dict[str, Any]

# Pydantic's titles repeat the names; open objects are the rule of JSON Schema.
_NOISE: Final = frozenset({"title", "additionalProperties"})


def published_input(schema: Schema) -> Schema:
    """The parameters. One that may be left out is shown without null, and without a default that means "nothing"."""
    inner = schema.get("$defs", {})
    return _parameters(schema, lambda given: _parameter(given, inner))


def published_output(schema: Schema) -> Schema:
    """The members of an answer with their types; of a list's items and of inner objects, the names always there."""
    inner = schema.get("$defs", {})
    shown = {name: _member(given, inner) for name, given in schema.get("properties", {}).items()}
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": shown, **required}


def _parameters(schema: Schema, shown: Callable[[Schema], Schema]) -> Schema:
    members = {name: shown(given) for name, given in schema.get("properties", {}).items()}
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": members, **required}


def _parameter(schema: Schema, inner: Mapping[str, Schema]) -> Schema:
    schema, _ = _without_null(schema)
    if "$ref" in schema:
        # Written out: `$defs` are not published, and who decides about arguments (the gateway) follows no references.
        return _parameters(inner[schema["$ref"].removeprefix("#/$defs/")], _member_parameter)
    return _quiet(schema)


def _member_parameter(schema: Schema) -> Schema:
    """A member of a parameter that is an object, where null is a value of its own: it takes something back."""
    schema, nullable = _without_null(schema)
    kept = _quiet(schema)
    if nullable and "type" in kept:
        kept["type"] = [kept["type"], "null"]
        kept |= {"enum": [*kept["enum"], None]} if "enum" in kept else {}
    return kept


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) != 1:
        return schema, False
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**options[0], **rest}, len(schema["anyOf"]) > 1


def _quiet(schema: Schema) -> Schema:
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
