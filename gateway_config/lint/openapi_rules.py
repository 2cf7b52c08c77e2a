"""What a target's OpenAPI document may not say."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from gateway_config.documents import Steps
from gateway_config.lint.findings import Findings, Rule, documented
from gateway_config.lint.reading import Configuration

_PAGE = documented("gateway-schema-openapi")
_INLINE = ("targetConfiguration", "mcp", "openApiSchema", "inlinePayload")
_COMPOSED = frozenset({"oneOf", "anyOf", "allOf"})

FORM = Rule("openapi-form", _PAGE, "Write an OpenAPI document as JSON; a file of schemas/ can be named with ${FILE:…}.")
VERSION = Rule("openapi-version", _PAGE, "Describe the API with OpenAPI 3.0 or 3.1.")
SERVER = Rule("openapi-server", _PAGE, "Name one server by its own https URL, without variables.")
OPERATION_ID = Rule("openapi-operation-id", _PAGE, "Give each operation an operationId of its own: the tool's name.")
COMPOSED = Rule("openapi-composition", _PAGE, "Say it with one plain schema.")
MEDIA_TYPE = Rule("openapi-media-type", _PAGE, "Describe application/json.")
SECURITY = Rule("openapi-security", _PAGE, "Leave security schemes out: the target's credential authorizes.")


class _Body(BaseModel):
    content: dict[str, Any] = Field(default_factory=dict)


class _Operation(BaseModel):
    operation_id: str = Field(default="", alias="operationId")
    body: _Body = Field(default_factory=_Body, alias="requestBody")
    responses: dict[str, _Body] = Field(default_factory=dict)

    def media_types(self) -> set[str]:
        return {media_type for body in (self.body, *self.responses.values()) for media_type in body.content}


class _Item(BaseModel):
    get: _Operation | None = None
    put: _Operation | None = None
    post: _Operation | None = None
    delete: _Operation | None = None
    patch: _Operation | None = None
    head: _Operation | None = None
    options: _Operation | None = None

    def operations(self) -> dict[str, _Operation]:
        return {method: operation for method, operation in self if operation is not None}


class _Server(BaseModel):
    url: str


class _Api(BaseModel):
    """The members that rules look at."""

    openapi: str
    servers: list[_Server] = Field(default_factory=list)
    paths: dict[str, _Item]
    components: dict[str, Any] = Field(default_factory=dict)


def openapi_findings(found: Configuration) -> Findings:
    """Findings of every inline document."""
    for file, request in found.targets.items():
        schema = request.get("targetConfiguration", {}).get("mcp", {}).get("openApiSchema", {})
        if isinstance(schema, dict) and "inlinePayload" in schema:
            yield from _document(file, str(schema["inlinePayload"]), aws=found.where == "aws")


def _document(file: str, inline: str, *, aws: bool) -> Findings:
    try:
        written = json.loads(inline)
        api = _Api.model_validate(written)
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            yield FORM.finding(file, (*_INLINE, *wrong["loc"]), wrong["msg"])
        return
    except ValueError as error:
        yield FORM.finding(file, _INLINE, f"is not JSON: {error}")
        return
    if not re.fullmatch(r"3\.[01]\.\d+", api.openapi):
        yield VERSION.finding(file, (*_INLINE, "openapi"), f"is {api.openapi!r}")
    yield from _servers(file, api.servers, aws=aws)
    yield from _operations(file, api.paths)
    if "security" in written or "securitySchemes" in api.components:
        yield SECURITY.finding(file, _INLINE, "has security schemes")
    for at, keyword in _composed(written, ()):
        yield COMPOSED.finding(file, (*_INLINE, *at), f"has {keyword}")


def _servers(file: str, servers: list[_Server], *, aws: bool) -> Findings:
    if not servers:
        yield SERVER.finding(file, (*_INLINE, "servers"), "is not there")
    scheme = "https://" if aws else "http"
    for index, server in enumerate(servers):
        if not server.url.startswith(scheme) or "{" in server.url:
            yield SERVER.finding(file, (*_INLINE, "servers", index, "url"), f"is {server.url!r}")


def _operations(file: str, paths: dict[str, _Item]) -> Findings:
    seen: set[str] = set()
    for path, item in paths.items():
        for method, operation in item.operations().items():
            at = (*_INLINE, "paths", path, method)
            name = operation.operation_id
            if not name or name in seen:
                yield OPERATION_ID.finding(file, at, f"is {name!r} a second time" if name else "has no operationId")
            seen.add(name)
            for media_type in operation.media_types() - {"application/json"}:
                yield MEDIA_TYPE.finding(file, at, f"has {media_type}")


def _composed(content: Any, at: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(content, dict):
        for key, value in content.items():
            if key in _COMPOSED:
                yield at, key
            yield from _composed(value, (*at, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _composed(value, (*at, index))
