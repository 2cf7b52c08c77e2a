"""JSON Schema and arguments as Cedar has them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_agentcore.gateway.policy.errors import ArgumentsUnfit, SchemaUnmappable
from local_agentcore.gateway.policy.input_types import input_type
from mcp_servers.serving.tools_lock import TEAMS, published_tools


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def decimal(text: str) -> dict[str, Any]:
    return {"__extn": {"fn": "decimal", "arg": text}}


def test_each_word_of_json_schema_has_its_type() -> None:
    schema = of(
        s={"type": "string"}, i={"type": "integer"}, b={"type": "boolean"}, n={"type": "number"},
        a={"type": "array", "items": {"type": "string"}}, o=of(inner={"type": "integer"}), e={"enum": ["x", "y"]},
    ) | {"required": ["s"]}  # fmt: skip
    found = input_type(schema).schema()["attributes"]
    assert found["s"] == {"type": "String", "required": True}
    assert found["i"] == {"type": "Long", "required": False}
    assert found["b"]["type"] == "Boolean"
    assert (found["n"]["type"], found["n"]["name"]) == ("Extension", "decimal")
    assert found["a"] == {"type": "Set", "element": {"type": "String"}, "required": False}
    assert found["o"]["attributes"]["inner"]["type"] == "Long"
    assert found["e"]["type"] == "String"


def test_null_makes_a_member_optional_in_both_spellings() -> None:
    schema = of(
        a={"type": ["integer", "null"]}, b={"anyOf": [{"type": "integer"}, {"type": "null"}]}
    ) | {"required": ["a", "b"]}  # fmt: skip
    kind = input_type(schema)
    assert {name: each["required"] for name, each in kind.schema()["attributes"].items()} == {"a": False, "b": False}
    assert kind.value({"a": None, "b": 2}) == {"b": 2}


def test_definitions_are_followed() -> None:
    schema = of(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": {"type": "string"}}}
    assert input_type(schema).schema()["attributes"]["a"]["type"] == "String"


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ({}, "input.x: says nothing of its type"),
        ({"type": "object"}, "input.x: is an object with any members"),
        ({"type": ["string", "integer"]}, "input.x: may be of several types"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "input.x: may be of several types"),
        ({"type": "array"}, "input.x[]: says nothing of its type"),
        ({"$ref": "#/$defs/Missing"}, "input.x: says nothing of its type"),
        ({"$ref": "https://elsewhere.example/schema"}, "input.x: refers to another document"),
        ({"$ref": "#/properties/x"}, "input.x: is nested too deep"),
        ({"enum": [1, "a"]}, "input.x: says nothing of its type"),
    ],
)
def test_what_has_no_form_in_cedar_is_refused_by_its_place(member: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaUnmappable, match=said.replace("[", r"\[").replace("]", r"\]")):
        input_type(of(x=member))


@pytest.mark.parametrize("team", TEAMS)
def test_every_published_tool_has_a_form_in_cedar(team: str) -> None:
    for tool in published_tools(team):
        assert input_type(tool["inputSchema"]).members is not None


@pytest.mark.parametrize(
    ("number", "text"),
    [(5, "5.0000"), (2.5, "2.5000"), (-1.00001, "-1.0001"), (60_000.00001, "60000.0001"), (1e-9, "0.0001")],
)
def test_a_number_keeps_four_places_and_is_never_rounded_below_a_limit(number: float, text: str) -> None:
    assert input_type(of(x={"type": "number"})).value({"x": number}) == {"x": decimal(text)}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", "5"), ("integer", True), ("integer", 2**63), ("integer", 1.5), ("number", "5"), ("number", True),
        ("number", 1e300), ("number", float("inf")), ("number", float("nan")), ("string", 5), ("boolean", 1),
        ("array", "abc"), ("object", []),
    ],
)  # fmt: skip
def test_an_argument_of_another_type_is_named_and_its_value_is_not(kind: str, value: Any) -> None:
    schema = {"type": kind, "items": {"type": "string"}, "properties": {}}
    with pytest.raises(ArgumentsUnfit) as refused:
        input_type(of(x=schema)).value({"x": value})
    assert refused.value.where == "input.x"
    assert str(refused.value) == "input.x is not what the tool's schema says"


def test_a_member_that_must_be_there_is_missed() -> None:
    with pytest.raises(ArgumentsUnfit) as refused:
        input_type(of(x={"type": "string"}) | {"required": ["x"]}).value({})
    assert refused.value.where == "input.x"


def test_a_member_that_the_schema_does_not_know_is_left_out() -> None:
    assert input_type(of(x={"type": "string"})).value({"x": "a", "y": "b"}) == {"x": "a"}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_value_fits_or_is_refused(value: Any) -> None:
    for kind in ("string", "integer", "number", "boolean", "array"):
        found = input_type(of(x={"type": kind, "items": {"type": "number"}}))
        try:
            found.value({"x": value})
        except ArgumentsUnfit:
            continue
