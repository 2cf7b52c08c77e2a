"""AWS's rest-json protocol, as far as `/identities/*` needs it, read from botocore's models.

Every identity operation is a POST to a fixed path with a JSON object as its body.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel
from starlette.responses import Response

from identity.aws_models import SERVICES, service_model
from identity.errors import AmbiguousJson
from identity.strict_json import loads
from identity.vault.errors import OperationUnknown, RequestInvalid, VaultError
from identity.vault.local_operations import local_operations
from identity.vault.validation import check

PREFIX = "/identities/"


@dataclass(frozen=True)
class IdentityOperations:
    """Every identity operation of both planes, by path."""

    by_path: Mapping[str, OperationModel]

    @classmethod
    def read(cls) -> "IdentityOperations":
        """Read them from botocore's models, control plane and data plane, and from our own."""
        found: dict[str, OperationModel] = {}
        for service in SERVICES:
            model = service_model(service)
            for name in model.operation_names:
                operation = model.operation_model(name)
                if operation.http["requestUri"].startswith(PREFIX):
                    found[operation.http["requestUri"]] = operation
        found |= {operation.http["requestUri"]: operation for operation in local_operations()}
        return cls(found)

    def find(self, method: str, path: str) -> OperationModel:
        """The operation behind a method and a path.

        Raises:
            OperationUnknown: There is none.
        """
        operation = self.by_path.get(path)
        if operation is None or operation.http["method"] != method:
            raise OperationUnknown("no such operation")
        return operation


def parse_request(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """The parameters of an operation, checked against its input shape.

    Raises:
        RequestInvalid: Not one unambiguous JSON object, or it does not fit.
    """
    present = json_object(body)
    if operation.input_shape is not None:
        check(present, operation.input_shape)
    return present


def json_object(body: bytes) -> dict[str, Any]:
    """The members of a body that say something.

    Raises:
        RequestInvalid: Not one unambiguous JSON object.
    """
    try:
        document = loads(body or b"{}")
    except AmbiguousJson as error:
        raise RequestInvalid("the body is not unambiguous JSON", reason="CannotParse") from error
    if not isinstance(document, dict):
        raise RequestInvalid("the body is not a JSON object", reason="CannotParse")
    return {name: value for name, value in document.items() if value is not None}


def success(operation: OperationModel, result: dict[str, Any]) -> Response:
    """The answer of an operation that did what was asked."""
    status = int(operation.http["responseCode"])
    content = b"" if status == 204 else json.dumps(result).encode()  # noqa: PLR2004  204 No Content has no body
    return Response(content, status, headers=_headers(), media_type="application/json")


def failure(error: VaultError) -> Response:
    """The answer of an operation that did not; botocore types it by the header."""
    headers = _headers() | {"x-amzn-ErrorType": error.code}
    return Response(json.dumps(error.body()).encode(), error.status, headers=headers, media_type="application/json")


def _headers() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4()), "Cache-Control": "no-store"}
