"""What a tool's JSON Schema is in Cedar: `context.input`, typed, and the arguments of a call as values of it.

AgentCore's mapping: string is String, integer is Long, boolean is Bool, number is the decimal extension (four places),
an array is a Set of its items, an object is a Record. What has no such form cannot be decided about, so a tool that
takes it is refused as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any, Final

from local_agentcore.gateway.policy.errors import ArgumentsUnfit, SchemaUnmappable

Json = Mapping[str, Any]
DEEPEST: Final = 8
LONG: Final = range(-(2**63), 2**63)
PLACES: Final = Decimal("0.0001")
LARGEST: Final = Decimal("922337203685477.5807")
_SIMPLE: Final[Mapping[str, Json]] = {
    "string": {"type": "String"},
    "integer": {"type": "Long"},
    "boolean": {"type": "Boolean"},
    "number": {"type": "Extension", "name": "decimal"},
}


@dataclass(frozen=True, slots=True)
class InputType:
    """One type of both languages.

    Attributes:
        kind: JSON Schema's word.
        item: Of an array.
        members: Of an object: type, and whether it must be there.
    """

    kind: str
    item: "InputType | None" = None
    members: Mapping[str, tuple["InputType", bool]] | None = None

    def schema(self) -> dict[str, Any]:
        """The type as Cedar's JSON schema spells it."""
        if self.item is not None:
            return {"type": "Set", "element": self.item.schema()}
        if self.members is not None:
            members = {name: {**kind.schema(), "required": must} for name, (kind, must) in self.members.items()}
            return {"type": "Record", "attributes": members}
        return dict(_SIMPLE[self.kind])

    def value(self, given: Any, where: str = "input") -> Any:
        """A JSON value as Cedar takes it. Members that the schema does not know are left out: no policy can name them.

        Raises:
            ArgumentsUnfit: It is not of this type, or no such number can be compared.
        """
        if self.item is not None:
            if not isinstance(given, list):
                raise ArgumentsUnfit(where)
            return [self.item.value(each, where) for each in given]
        if self.members is not None:
            return self._record(given, where)
        return _simple_value(self.kind, given, where)

    def _record(self, given: Any, where: str) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise ArgumentsUnfit(where)
        found = {}
        for name, (kind, must) in (self.members or {}).items():
            if given.get(name) is not None:  # null is JSON's way to leave it out
                found[name] = kind.value(given[name], f"{where}.{name}")
            elif must:
                raise ArgumentsUnfit(f"{where}.{name}")
        return found


def input_type(schema: Json) -> InputType:
    """The type of a tool's arguments.

    Args:
        schema: The tool's inputSchema.

    Raises:
        SchemaUnmappable: A part of it has no form in Cedar; it says which.
    """
    found, _ = _read(schema, schema, "input", DEEPEST)
    if found.members is None:
        raise SchemaUnmappable("input: the arguments of a tool are an object")
    return found


def _read(schema: Any, root: Json, where: str, depth: int) -> tuple[InputType, bool]:
    """The type, and whether null is one of its values."""
    if depth == 0:
        raise SchemaUnmappable(f"{where}: is nested too deep")
    if not isinstance(schema, Mapping):
        raise SchemaUnmappable(f"{where}: says nothing of its type")
    if "$ref" in schema:
        return _read(_referenced(schema["$ref"], root, where), root, where, depth - 1)
    kinds, nullable = _kinds(schema, root, where, depth)
    if isinstance(kinds, InputType):
        return kinds, nullable
    if kinds == "array":
        item, _ = _read(schema.get("items"), root, f"{where}[]", depth - 1)
        return InputType("array", item=item), nullable
    if kinds == "object":
        return InputType("object", members=_members(schema, root, where, depth)), nullable
    return InputType(kinds), nullable


def _kinds(schema: Json, root: Json, where: str, depth: int) -> tuple[str | InputType, bool]:
    """JSON Schema's word for the type, or the type where it is one of several with null."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        others = [each for each in choices if not (isinstance(each, Mapping) and each.get("type") == "null")]
        if len(others) != 1:
            raise SchemaUnmappable(f"{where}: may be of several types")
        found, nullable = _read(others[0], root, where, depth - 1)
        return found, nullable or len(others) < len(choices)
    words = schema.get("type")
    named = [words] if isinstance(words, str) else list(words or _words_of_enum(schema))
    known = [word for word in named if word != "null"]
    if len(known) != 1 or (known[0] not in _SIMPLE and known[0] not in {"array", "object"}):
        raise SchemaUnmappable(f"{where}: may be of several types" if known else f"{where}: says nothing of its type")
    return known[0], "null" in named


def _words_of_enum(schema: Json) -> list[str]:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return ["string"] if values and all(isinstance(value, str) for value in values) else []


def _members(schema: Json, root: Json, where: str, depth: int) -> dict[str, tuple[InputType, bool]]:
    properties = schema.get("properties")
    if properties is None and where != "input":
        raise SchemaUnmappable(f"{where}: is an object with any members")
    required = schema.get("required") or []
    members = {}
    for name, each in (properties or {}).items():
        kind, nullable = _read(each, root, f"{where}.{name}", depth - 1)
        members[name] = (kind, name in required and not nullable)
    return members


def _referenced(reference: Any, root: Json, where: str) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise SchemaUnmappable(f"{where}: refers to another document")
    found: Any = root
    for step in reference[2:].split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def _simple_value(kind: str, given: Any, where: str) -> Any:
    if kind == "string" and isinstance(given, str):
        return given
    if kind == "boolean" and isinstance(given, bool):
        return given
    if kind == "integer" and isinstance(given, int) and not isinstance(given, bool) and given in LONG:
        return given
    if kind == "number" and isinstance(given, int | float) and not isinstance(given, bool):
        return _decimal(given, where)
    raise ArgumentsUnfit(where)


def _decimal(given: float, where: str) -> dict[str, Any]:
    """Away from zero where four places are too few, so that nothing slips below a limit by being rounded."""
    exact = Decimal(str(given))
    if not exact.is_finite() or abs(exact) > LARGEST:
        raise ArgumentsUnfit(where)
    number = exact.quantize(PLACES, rounding=ROUND_UP)
    return {"__extn": {"fn": "decimal", "arg": f"{number:f}"}}
