"""The operations of an OpenAPI document: what each needs in path, query, headers and body, and the tool that it is.

A tool is named by the operationId. Its arguments are the parameters and the members of a JSON body side by side;
whether AWS lays bodies out so is unverified, and two of one name are refused. Everything is decided when the gateway
starts: a document that cannot be called safely stops it, before anybody calls.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from jsonschema import Draft202012Validator

from local_agentcore.gateway.errors import OpenApiUnusable, SchemaUnusable
from local_agentcore.gateway.openapi.schemas import ToolSchema
from local_agentcore.gateway.schema_checks import checker

Place = Literal["path", "query", "header"]
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
JSON = "application/json"
BODY = "body"  # the argument that is a body which is no object
_IN_PATH = re.compile(r"\{([^{}]*)\}")
_STYLES = {"path": "simple", "header": "simple", "query": "form"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.6.2
# The gateway's own, the connection's, or a credential's: no caller writes these.
RESERVED_HEADERS = frozenset(
    {"accept", "accept-encoding", "authorization", "baggage", "connection", "content-encoding", "content-length"}
    | {"content-type", "cookie", "expect", "forwarded", "host", "keep-alive", "te", "trailer", "transfer-encoding"}
    | {"traceparent", "tracestate", "upgrade", "via"}
)


@dataclass(frozen=True)
class Parameter:
    """One argument that goes into path, query or headers.

    Attributes:
        repeated: A list is written as one `name=value` for each item; else with commas.
    """

    name: str
    place: Place
    repeated: bool = True


@dataclass(frozen=True)
class ApiOperation:
    """One operation.

    Attributes:
        method: In upper case.
        path: With `{name}` where a parameter goes.
        body: Arguments that are members of the body; None without one; empty where the argument `body` is all of it.
        tool: As `tools/list` says it.
        input: Checks arguments.
        output: Checks answers; None where nothing is said of them.
    """

    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: frozenset[str] | None
    tool: Mapping[str, Any]
    input: Draft202012Validator
    output: Draft202012Validator | None


def read_operations(document: Mapping[str, Any]) -> dict[str, ApiOperation]:
    """Name of a tool to its operation.

    Raises:
        OpenApiUnusable: The document says something that a call could not follow, or could be led astray by.
    """
    found: dict[str, ApiOperation] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if not isinstance(item.get(method), Mapping):
                continue
            operation = item[method]
            name = operation.get("operationId")
            if not isinstance(name, str) or name in found:
                raise OpenApiUnusable("an operation has no operationId, or that of another", at=f"{method} {path}")
            if "servers" in item or "servers" in operation:
                raise OpenApiUnusable("an operation has servers of its own", at=name)
            try:
                found[name] = _Reading(document, item, operation).operation(name, method, path)
            except OpenApiUnusable as error:
                raise OpenApiUnusable(error.reason, at=name) from error
    return found


def server_url(document: Mapping[str, Any]) -> str:
    """The one place of an API, without a slash at its end.

    Raises:
        OpenApiUnusable: There is none, or more, or it depends on variables.
    """
    servers = document.get("servers") or []
    if len(servers) != 1 or re.search(r"[{}?#\s]", str(servers[0].get("url", "{"))):
        raise OpenApiUnusable("needs one server, with a URL of its own")
    return str(servers[0]["url"]).rstrip("/")


class _Reading:
    """Reads one operation."""

    def __init__(self, document: Mapping[str, Any], item: Mapping[str, Any], operation: Mapping[str, Any]) -> None:
        self._components = document.get("components") or {}
        self._item = item
        self._operation = operation
        self._input = ToolSchema(self._components.get("schemas") or {})
        self._output = ToolSchema(self._components.get("schemas") or {})

    def operation(self, name: str, method: str, path: str) -> ApiOperation:
        parameters, properties, required = self._parameters()
        if set(_IN_PATH.findall(path)) != {one.name for one in parameters if one.place == "path"}:
            raise OpenApiUnusable("its path and its path parameters differ")
        body, members, needed = self._body()
        if twice := properties.keys() & members.keys():
            raise OpenApiUnusable(f"has two arguments called {min(twice)}")
        schema: dict[str, Any] = {"type": "object", "properties": {**properties, **members}}
        if wanted := [*required, *needed]:
            schema["required"] = wanted
        schema["additionalProperties"] = False
        whole = self._input.finished(schema)
        tool: dict[str, Any] = {
            "name": name,
            "description": self._operation.get("description") or self._operation.get("summary") or name,
            "inputSchema": whole,
            "annotations": _annotations(method),
        }
        answer = self._answer()
        if answer is not None:
            tool["outputSchema"] = answer
        return ApiOperation(method.upper(), path, parameters, body, tool, _checker(whole), answer and _checker(answer))

    def _parameters(self) -> tuple[tuple[Parameter, ...], dict[str, Any], list[str]]:
        listed: dict[tuple[str, str], Mapping[str, Any]] = {}
        for given in (*self._item.get("parameters", []), *self._operation.get("parameters", [])):
            one = self._referenced(given, "parameters")
            listed[str(one.get("in")), str(one.get("name"))] = one  # an operation's own comes after its path's
        properties, required = {}, []
        for (_, name), one in listed.items():
            if name in properties:
                raise OpenApiUnusable(f"has two arguments called {name}")
            schema = self._input.plain(one.get("schema"))
            described = {"description": one["description"]} if "description" in one else {}
            properties[name] = {**schema, **described}
            if one.get("required"):
                required.append(name)
        return tuple(self._placed(name, one) for (_, name), one in listed.items()), properties, required

    def _placed(self, name: str, given: Mapping[str, Any]) -> Parameter:
        place = given.get("in")
        if place not in _STYLES or given.get("style", _STYLES[place]) != _STYLES[place]:
            raise OpenApiUnusable(f"the place or style of {name} is not supported")
        if place == "path" and not given.get("required"):
            raise OpenApiUnusable(f"the path parameter {name} is not required")
        if place == "header" and (not _TOKEN.fullmatch(name) or name.lower() in RESERVED_HEADERS):
            raise OpenApiUnusable(f"{name} is a header that no caller may write")
        kinds = self._kinds(given.get("schema") or {})
        if "object" in kinds or ("array" in kinds and place != "query"):
            raise OpenApiUnusable(f"{name} is more than one value")
        return Parameter(name, cast("Place", place), repeated=given.get("explode", place == "query") is True)

    def _kinds(self, schema: Mapping[str, Any]) -> set[str]:
        words = self._input.referenced(schema).get("type", [])
        return {words} if isinstance(words, str) else set(words)

    def _body(self) -> tuple[frozenset[str] | None, dict[str, Any], list[str]]:
        given = self._operation.get("requestBody")
        if given is None:
            return None, {}, []
        content = self._referenced(given, "requestBodies").get("content") or {}
        if JSON not in content:
            raise OpenApiUnusable(f"takes a body that is no {JSON}")
        schema = content[JSON].get("schema") or {}
        whole = self._input.referenced(schema)
        if whole.get("type") != "object" or not isinstance(whole.get("properties"), Mapping):
            return frozenset(), {BODY: self._input.plain(schema)}, [BODY] if given.get("required") else []
        members = self._input.plain(whole)
        # A body that may be left out is left out as a whole, so nothing of it can be required.
        needed = list(members.get("required", [])) if given.get("required") else []
        return frozenset(members["properties"]), members["properties"], needed

    def _answer(self) -> dict[str, Any] | None:
        """The schema of the answer, if all successes have the same and it is an object: MCP has no other results."""
        answers = [
            self._referenced(answer, "responses").get("content", {}).get(JSON, {}).get("schema")
            for status, answer in (self._operation.get("responses") or {}).items()
            if str(status).startswith("2")
        ]
        if len(answers) != 1 or not isinstance(answers[0], Mapping):
            return None
        if self._output.referenced(answers[0]).get("type") != "object":
            return None
        return self._output.finished(self._output.plain(self._output.referenced(answers[0])))

    def _referenced(self, given: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
        if "$ref" not in given:
            return given
        name = str(given["$ref"]).removeprefix(f"#/components/{kind}/")
        found = (self._components.get(kind) or {}).get(name)
        if not isinstance(found, Mapping):
            raise OpenApiUnusable(f"refers to {kind} that are not there")
        return found


def _annotations(method: str) -> dict[str, bool]:
    """RFC 9110 §9.2: what a method promises."""
    safe = method in {"get", "head", "options"}
    return {
        "readOnlyHint": safe,
        "destructiveHint": method == "delete",
        "idempotentHint": safe or method in {"put", "delete"},
    }


def _checker(schema: dict[str, Any]) -> Draft202012Validator:
    try:
        return checker(schema)
    except SchemaUnusable as error:
        raise OpenApiUnusable("a schema is none") from error


def names_of(operations: Mapping[str, ApiOperation], place: Place) -> Iterator[str]:
    """The parameters of all operations in one place, in lower case."""
    for operation in operations.values():
        yield from (one.name.lower() for one in operation.parameters if one.place == place)
