"""What a model may say to a tool: values of its parameters, never how a credential is obtained.

A gateway lets its caller choose the return URL of a consent, or force a new one, in `_meta` of a call. Those are the
client's words; a model that was talked into writing them must not be heard (V26).
"""

from collections.abc import Mapping
from typing import Any

_RESERVED_PREFIX = "aws.bedrock-agentcore."
_RESERVED = frozenset({"_meta", "customstate", "forceauthentication", "resourceoauth2returnurl", "returnurl"})


def model_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments without what only a client may say, however deep it was put."""
    return {name: _cleaned(value) for name, value in arguments.items() if not _is_reserved(name)}


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return model_arguments(value)
    return [_cleaned(each) for each in value] if isinstance(value, list) else value


def _is_reserved(name: str) -> bool:
    bare = name.replace("_", "").replace("-", "").lower()
    return name.lower() in _RESERVED or bare in _RESERVED or name.lower().startswith(_RESERVED_PREFIX)
