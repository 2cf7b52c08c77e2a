"""What the gateway reads out of an OpenAPI document, and which documents it does not call."""

from typing import Any

import pytest

from local_agentcore.errors import StackError
from local_agentcore.gateway.errors import OpenApiUnusable
from local_agentcore.gateway.openapi.operations import RESERVED_HEADERS, read_operations, server_url
from tests.support.http_api import api_document, parameter

NUMBER = {"type": "integer"}


def components(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


def test_parameters_of_path_and_operation_and_the_body_become_one_input() -> None:
    body = {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]}
    document = api_document(
        "/things/{id}",
        "post",
        description="Notes something down.",
        parameters=[parameter("limit", schema=NUMBER, description="How many.")],
        requestBody={"required": True, "content": {"application/json": {"schema": body}}},
    )
    document["paths"]["/things/{id}"]["parameters"] = [parameter("id", "path"), parameter("limit", required=True)]

    tool = read_operations(document)["find"].tool

    assert tool["description"] == "Notes something down."
    assert tool["inputSchema"] == {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "limit": {"type": "integer", "description": "How many."},
            "note": {"type": "string"},
        },
        "required": ["id", "note"],
        "additionalProperties": False,
    }
    assert "outputSchema" not in tool


def test_what_a_schema_refers_to_comes_with_it() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/T"}}},
    }
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}, "description": "OK"}
    document = api_document(responses={"200": answer}) | components(T=tree, Unused={"type": "object"})

    schema = read_operations(document)["find"].tool["outputSchema"]

    assert schema["properties"]["children"]["items"] == {"$ref": "#/$defs/T"}
    assert list(schema["$defs"]) == ["T"]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        pytest.param({"type": "string", "nullable": True}, {"type": ["string", "null"]}, id="null"),
        pytest.param(
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 1},
            id="open-bound",
        ),
        pytest.param(
            {"type": "integer", "minimum": 1, "exclusiveMinimum": False},
            {"type": "integer", "minimum": 1},
            id="closed-bound",
        ),
        pytest.param({"type": "integer", "exclusiveMaximum": 9}, {"type": "integer", "exclusiveMaximum": 9}, id="3.1"),
        pytest.param({"type": "string", "example": "x"}, {"type": "string"}, id="example"),
    ],
)
def test_the_words_of_openapi_3_0_become_those_of_json_schema(written: dict[str, Any], plain: dict[str, Any]) -> None:
    document = api_document("/things", parameters=[parameter("q", schema=written)])
    assert read_operations(document)["find"].tool["inputSchema"]["properties"]["q"] == plain


@pytest.mark.parametrize(
    ("method", "reads", "destroys", "again"),
    [
        ("get", True, False, True),
        ("post", False, False, False),
        ("put", False, False, True),
        ("delete", False, True, True),
    ],
)
def test_the_method_says_what_a_call_may_do(method: str, *, reads: bool, destroys: bool, again: bool) -> None:
    hints = read_operations(api_document(method=method))["find"].tool["annotations"]
    assert hints == {"readOnlyHint": reads, "destructiveHint": destroys, "idempotentHint": again}


BAD: list[Any] = [
    pytest.param(api_document(operationId=None), "operationId", id="no-name"),
    pytest.param(api_document(servers=[{"url": "https://evil.example"}]), "servers of its own", id="servers"),
    pytest.param(api_document(parameters=[]), "path parameters differ", id="path-parameter-missing"),
    pytest.param(
        api_document("/a", parameters=[parameter("id", "path")]), "path parameters differ", id="no-such-place"
    ),
    pytest.param(api_document("/a", parameters=[parameter("s", "cookie")]), "place or style", id="cookie"),
    pytest.param(api_document("/a", parameters=[parameter("s", style="deepObject")]), "place or style", id="style"),
    pytest.param(
        api_document("/a", parameters=[parameter("q"), parameter("q", "header")]), "two arguments", id="one-name-twice"
    ),
    pytest.param(
        api_document("/a", parameters=[parameter("q", schema={"type": "object"})]), "more than one", id="object"
    ),
    pytest.param(
        api_document(parameters=[parameter("id", "path", schema={"type": "array"})]), "more than one", id="path-list"
    ),
    pytest.param(
        api_document("/a", parameters=[parameter("a\r\nb", "header")]), "no caller may write", id="header-name"
    ),
    pytest.param(
        api_document("/a", "post", requestBody={"content": {"text/csv": {}}}), "no application/json", id="media-type"
    ),
    pytest.param(
        api_document("/a", parameters=[parameter("q", schema={"$ref": "other.json#/Q"})]), "components", id="elsewhere"
    ),
    pytest.param(api_document("/a", parameters=[parameter("q", schema={"type": "text"})]), "schema is none", id="type"),
]


@pytest.mark.parametrize(("document", "reason"), BAD)
def test_a_document_that_cannot_be_called_safely_is_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenApiUnusable, match=reason) as refusal:
        read_operations(document)
    assert isinstance(refusal.value, StackError)


@pytest.mark.case("M15")
@pytest.mark.parametrize("name", [*sorted(RESERVED_HEADERS), "Authorization", "HOST"])
def test_no_argument_is_a_header_of_the_gateway(name: str) -> None:
    with pytest.raises(OpenApiUnusable, match="no caller may write"):
        read_operations(api_document("/a", parameters=[parameter(name, "header")]))


@pytest.mark.parametrize(
    "servers",
    [
        [],
        [{"url": "https://a.example"}, {"url": "https://b.example"}],
        [{"url": "https://{host}"}],
        [{}],
        [{"url": "https://a/?x="}],
    ],
)
def test_an_api_is_at_one_place(servers: list[dict[str, str]]) -> None:
    with pytest.raises(OpenApiUnusable, match="one server"):
        server_url({"servers": servers})


def test_a_slash_at_the_end_of_the_server_is_no_part_of_a_path() -> None:
    assert server_url({"servers": [{"url": "https://a.example/v1/"}]}) == "https://a.example/v1"
