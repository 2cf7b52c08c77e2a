"""Answers held against AWS's own output shapes, which botocore does not do: it drops what it does not know."""

from typing import Any

from botocore.validate import ParamValidator

from identity.vault.wire import IdentityOperations
from local_agentcore.control_plane.requests import gateway_operations
from local_agentcore.memory.requests import memory_operations

# AWS's alone: what the local vault adds is in no model of theirs.
OPERATIONS = {
    operation.name: operation
    for operation in IdentityOperations.read().by_path.values()
    if not operation.name.startswith("local:")
}


GATEWAY_OPERATIONS = {operation.name: operation for operation in gateway_operations().operations}
MEMORY_OPERATIONS = {operation.name: operation for operation in memory_operations().operations}


def fits(answer: dict[str, Any], operation: str) -> dict[str, Any]:
    """The answer without boto3's own member, checked against the output shape of AWS's model."""
    members = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    shape = (OPERATIONS | GATEWAY_OPERATIONS | MEMORY_OPERATIONS)[operation].output_shape
    assert shape is not None
    report = ParamValidator().validate(members, shape)
    assert not report.has_errors(), report.generate_report()
    return members
