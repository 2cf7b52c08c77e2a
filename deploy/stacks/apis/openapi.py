"""What the committed OpenAPI document of a team says, as API Gateway needs it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

APIS: Final = Path(__file__).parents[3] / "apis"
_METHODS: Final = ("delete", "get", "patch", "post", "put")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        path: Template, `/activities/{activity_id}`.
        public: Whether it wants no token.
        keyed: Whether it wants an API key.
        query: Names of its query parameters, and whether each is required.
        body: Members that a JSON body must have; None where it takes no JSON.
        binary: Whether it takes bytes.
    """

    method: str
    path: str
    public: bool
    keyed: bool
    query: Mapping[str, bool]
    body: tuple[str, ...] | None
    binary: bool


def read_operations(team: str) -> list[Operation]:
    """All operations of `apis/<team>/openapi.json`, in the order of paths and methods."""
    document = json.loads((APIS / team / "openapi.json").read_text(encoding="utf-8"))
    return sorted(_operations(document), key=lambda each: (each.path, each.method))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            operation = item[method]
            wanted = {name for one in operation.get("security", document["security"]) for name in one}
            content = operation.get("requestBody", {}).get("content", {})
            yield Operation(
                method=method.upper(),
                path=path,
                public="bearer" not in wanted,
                keyed="apiKey" in wanted,
                query={
                    one["name"]: one.get("required", False)
                    for one in operation.get("parameters", ())
                    if one["in"] == "query"
                },
                body=_required(document, content["application/json"]["schema"])
                if "application/json" in content
                else None,
                binary="application/octet-stream" in content,
            )


def _required(document: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, ...]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return tuple(schema.get("required", ()))
