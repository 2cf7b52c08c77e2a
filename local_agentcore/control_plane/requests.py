"""AWS's rest-json protocol where paths and queries carry parameters, read from botocore's model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, Shape

from identity.aws_models import service_model
from identity.vault.errors import OperationUnknown, RequestInvalid
from identity.vault.sigv4 import SignedRequest
from identity.vault.validation import check
from identity.vault.wire import json_object

SERVICE = "bedrock-agentcore-control"
PREFIXES = ("/gateways", "/policy-engines", "/policy-engine-summaries")
_LABEL = re.compile(r"\{([A-Za-z]+)\}")


@dataclass(frozen=True)
class Found:
    """An operation and the labels of its path, still encoded."""

    operation: OperationModel
    labels: Mapping[str, str]


class GatewayOperations:
    """Every operation of AWS's model on gateways and policy engines, ours or not."""

    def __init__(self) -> None:
        model = service_model(SERVICE)
        operations = (model.operation_model(name) for name in model.operation_names)
        self._routes = [
            (one.http["method"], _pattern(one.http["requestUri"]), one)
            for one in operations
            if is_ours(one.http["requestUri"])
        ]

    @property
    def operations(self) -> tuple[OperationModel, ...]:
        """All of them."""
        return tuple(operation for _, _, operation in self._routes)

    def find(self, method: str, path: str) -> Found:
        """The operation behind a method and a path.

        Raises:
            OperationUnknown: There is none.
        """
        for verb, pattern, operation in self._routes:
            match = pattern.fullmatch(path)
            if verb == method and match is not None:
                return Found(operation, match.groupdict())
        raise OperationUnknown("no such operation")


def is_ours(path: str) -> bool:
    """Whether a path is one of gateways and policies."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)


def parameters_of(found: Found, request: SignedRequest) -> dict[str, Any]:
    """The parameters of an operation from path, query and body, checked against its input shape.

    Raises:
        RequestInvalid: They do not fit.
    """
    shape = found.operation.input_shape
    assert shape is not None  # noqa: S101 - each of these operations has one
    members: Mapping[str, Shape] = shape.members
    given = json_object(request.body)
    inner = {name for name, member in members.items() if member.serialization.get("location")}
    if misplaced := inner & given.keys():
        raise RequestInvalid(f"{min(misplaced)} is no member of the body", reason="CannotParse")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for name, member in members.items():
        place, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri":
            given[name] = unquote(found.labels[wire_name])
        elif place == "querystring" and wire_name in query:
            given[name] = _typed(query[wire_name], member, name)
    check(given, shape)
    return given


def _typed(text: str, member: Shape, name: str) -> Any:
    if member.type_name != "integer":
        return text
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise RequestInvalid(f"{name}: invalid type", fields=((name, "invalid type"),))
    return int(text)


def _pattern(uri: str) -> re.Pattern[str]:
    """Clients differ in the slash at the end; no two operations do."""
    path = _LABEL.sub(lambda match: f"(?P<{match[1]}>[^/]+)", uri.rstrip("/"))
    return re.compile(f"{path}/?")
