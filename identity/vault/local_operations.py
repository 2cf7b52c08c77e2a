"""Operations of the local vault that AWS's model does not have, described in the form of AWS's model.

They sit under `/local/`, are signed and validated like all others, and are named in policies by their full name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import OperationModel, ServiceModel

LOCAL_PREFIX = "/local/"
#: Operation to its path and its members.
Described = Mapping[str, tuple[str, tuple[str, ...]]]
OF_THE_VAULT: Described = {
    "local:CompleteConsent": ("/local/consents/complete", ("userToken", "sessionUri", "customState")),
    "local:ListConnections": ("/local/connections/list", ("userToken",)),
    "local:DeleteConnection": ("/local/connections/delete", ("userToken", "workload", "provider")),
    "local:DeleteUser": ("/local/users/delete", ("issuer", "subject")),
    "local:RotateKeys": ("/local/keys/rotate", ()),
    "local:VerifyAudit": ("/local/audit/verify", ()),
}
LONGEST_TEXT = 131_072  # as AWS's userToken


def local_operations(described: Described = OF_THE_VAULT) -> Iterator[OperationModel]:
    """Models of local operations; all their members are required texts."""
    shapes: dict[str, Any] = {"Text": {"type": "string", "min": 1, "max": LONGEST_TEXT}}
    operations: dict[str, Any] = {}
    for name, (path, members) in described.items():
        shapes[f"{name}Request"] = {
            "type": "structure",
            "required": list(members),
            "members": {member: {"shape": "Text"} for member in members},
        }
        operations[name] = {
            "name": name,
            "http": {"method": "POST", "requestUri": path, "responseCode": 200},
            "input": {"shape": f"{name}Request"},
        }
    model = ServiceModel({"metadata": {}, "operations": operations, "shapes": shapes}, "local")
    return (model.operation_model(name) for name in model.operation_names)
