"""What a tool says of itself, in one number: another word, schema or hint is another number."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

# What a model reads or what decides how the tool may be called. `_meta` chooses scopes and who is shown the tool.
PINNED: Final = ("title", "description", "inputSchema", "outputSchema", "annotations", "_meta")


def fingerprint(own_name: str, document: Mapping[str, Any]) -> str:
    """`sha256:` and 64 hexadecimal digits.

    Args:
        own_name: As its target names the tool.
        document: Its entry in `tools/list`.
    """
    said = {"name": own_name, **{member: document[member] for member in PINNED if document.get(member) is not None}}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
