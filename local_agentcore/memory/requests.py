"""Which operations of AWS's data plane are about memory, and one that AWS does not have."""

from typing import Final

from identity.vault.local_operations import local_operations
from local_agentcore.rest_json import RestOperations, is_below

SERVICE: Final = "bedrock-agentcore"
PREFIXES: Final = ("/memories", "/local/memories")
#: Deletes everything of one actor: what a person's leaving needs, and AWS has event by event only.
FORGET: Final = "local:ForgetActor"
FORGET_PATH: Final = "/local/memories/forget"


def memory_operations() -> RestOperations:
    """All of them, ours or not."""
    return RestOperations(SERVICE, PREFIXES, local_operations({FORGET: (FORGET_PATH, ("actorId",))}))


def is_of_memory(path: str) -> bool:
    """Whether a path is one of memory."""
    return is_below(path, PREFIXES)
