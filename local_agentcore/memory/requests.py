"""Which operations of AWS's data plane are about memory, and one that AWS does not have."""

from typing import Any, Final

from botocore.model import OperationModel, ServiceModel

from local_agentcore.rest_json import RestOperations, is_below

SERVICE: Final = "bedrock-agentcore"
PREFIXES: Final = ("/memories", "/local/memories")
FORGET: Final = "local:ForgetActor"
FORGET_PATH: Final = "/local/memories/forget"
_FORGET_MODEL: Final[dict[str, Any]] = {
    "metadata": {},
    "operations": {
        FORGET: {
            "name": FORGET,
            "http": {"method": "POST", "requestUri": FORGET_PATH, "responseCode": 200},
            "input": {"shape": "Request"},
        }
    },
    "shapes": {
        "Request": {"type": "structure", "required": ["actorId"], "members": {"actorId": {"shape": "Text"}}},
        "Text": {"type": "string", "min": 1, "max": 255},
    },
}


def memory_operations() -> RestOperations:
    """All of them, ours or not."""
    return RestOperations(SERVICE, PREFIXES, [forget_operation()])


def forget_operation() -> OperationModel:
    """Deletes everything of one actor: what a person's leaving needs, and AWS has event by event only."""
    return ServiceModel(_FORGET_MODEL, "local").operation_model(FORGET)


def is_of_memory(path: str) -> bool:
    """Whether a path is one of memory."""
    return is_below(path, PREFIXES)
