"""AWS's rest-json protocol where paths and queries carry parameters, read from botocore's model."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, Shape

from identity.aws_models import service_model
from identity.vault.errors import OperationUnknown, RequestInvalid
from identity.vault.sigv4 import SignedRequest
from identity.vault.validation import check
from identity.vault.wire import json_object

_LABEL = re.compile(r"\{([A-Za-z]+)\}")


@dataclass(frozen=True)
class Found:
    """An operation and the labels of its path, still encoded."""

    operation: OperationModel
    labels: Mapping[str, str]


class RestOperations:
    """Every operation of AWS's model below some paths, ours or not.

    Args:
        service: Of `identity.aws_models.SERVICES`.
        prefixes: First segments of the paths.
        local: Operations beside AWS's.
    """

    def __init__(self, service: str, prefixes: Collection[str], local: Iterable[OperationModel] = ()) -> None:
        model = service_model(service)
        found = [model.operation_model(name) for name in model.operation_names]
        theirs = [one for one in found if is_below(one.http["requestUri"], prefixes)]
        self.operations: tuple[OperationModel, ...] = (*theirs, *local)
        self._routes = [(one.http["method"], _pattern(one.http["requestUri"]), one) for one in self.operations]

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


def is_below(path: str, prefixes: Collection[str]) -> bool:
    """Whether a path is one of the prefixes or lies below one."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


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
