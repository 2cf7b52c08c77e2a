"""What a target's OpenAPI document may not say."""

import json
import re
from collections.abc import Iterator
from typing import Any

from gateway_config.documents import Steps
from gateway_config.lint.findings import Findings, Rule, documented
from gateway_config.lint.reading import Configuration

_PAGE = documented("gateway-schema-openapi")
_INLINE = ("targetConfiguration", "mcp", "openApiSchema", "inlinePayload")
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_COMPOSED = frozenset({"oneOf", "anyOf", "allOf"})

JSON_TEXT = Rule("openapi-json", _PAGE, "Write the document as JSON; a file of schemas/ can be named with ${FILE:…}.")
VERSION = Rule("openapi-version", _PAGE, "Describe the API with OpenAPI 3.0 or 3.1.")
SERVER = Rule("openapi-server", _PAGE, "Name one server by its own https URL, without variables.")
OPERATION_ID = Rule("openapi-operation-id", _PAGE, "Give each operation an operationId of its own: the tool's name.")
COMPOSED = Rule("openapi-composition", _PAGE, "Say it with one plain schema.")
MEDIA_TYPE = Rule("openapi-media-type", _PAGE, "Describe application/json.")
SECURITY = Rule("openapi-security", _PAGE, "Leave security schemes out: the target's credential authorizes.")


def openapi_findings(found: Configuration) -> Findings:
    """Findings of every inline document."""
    for file, request in found.targets.items():
        schema = request.get("targetConfiguration", {}).get("mcp", {}).get("openApiSchema", {})
        if isinstance(schema, dict) and "inlinePayload" in schema:
            yield from _document(file, str(schema["inlinePayload"]), aws=found.where == "aws")


def _document(file: str, inline: str, *, aws: bool) -> Findings:
    try:
        api = json.loads(inline)
    except ValueError as error:
        yield JSON_TEXT.finding(file, _INLINE, f"is not JSON: {error}")
        return
    if not re.fullmatch(r"3\.[01]\.\d+", str(api.get("openapi", ""))):
        yield VERSION.finding(file, (*_INLINE, "openapi"), f"is {api.get('openapi')!r}")
    yield from _servers(file, api.get("servers", []), aws=aws)
    yield from _operations(file, api.get("paths", {}))
    if "security" in api or "securitySchemes" in api.get("components", {}):
        yield SECURITY.finding(file, _INLINE, "has security schemes")
    for at, keyword in _composed(api, ()):
        yield COMPOSED.finding(file, (*_INLINE, *at), f"has {keyword}")


def _servers(file: str, servers: list[dict[str, Any]], *, aws: bool) -> Findings:
    if not servers:
        yield SERVER.finding(file, (*_INLINE, "servers"), "is not there")
    for index, server in enumerate(servers):
        url = str(server.get("url", ""))
        scheme = "https://" if aws else "http"
        if not url.startswith(scheme) or "{" in url:
            yield SERVER.finding(file, (*_INLINE, "servers", index, "url"), f"is {url!r}")


def _operations(file: str, paths: dict[str, Any]) -> Findings:
    seen: set[str] = set()
    for path, item in paths.items():
        for method in _METHODS & item.keys():
            operation, at = item[method], (*_INLINE, "paths", path, method)
            name = operation.get("operationId")
            if not name or name in seen:
                yield OPERATION_ID.finding(file, at, f"is {name!r} a second time" if name else "has no operationId")
            seen.add(str(name))
            bodies = [operation.get("requestBody", {}), *operation.get("responses", {}).values()]
            for media_type in (one for body in bodies for one in body.get("content", {})):
                if media_type != "application/json":
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
