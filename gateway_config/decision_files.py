"""Decisions written down: `decisions/<what>/ALLOW/*.json` and `DENY/*.json`, one in each file.

Tests hold the policies against them, and `gateway_config.replay_decisions` holds a policy store on AWS against them.
What stands in a file depends on the folder: `apis` is read here, `tools` belongs to the gateway's policies.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway_config.errors import ConfigInvalid, ConfigUnreadable

FOLDER: Final = Path(__file__).parent / "decisions"
APIS: Final = FOLDER / "apis"


class ApiDecision(BaseModel):
    """One decision about an API.

    Attributes:
        claims: Of the access token, but for those of issuer and lifetime, which whoever asks adds.
        action: Such as `get /routes/{route_id}`.
        resource: The API's team.
        context: What the authorizer adds beside the token.
        policies: Ids of the policies that determine the answer, in order.
        unmatched: Ids of policies that this decision is to show at their edge: they just do not match.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    claims: dict[str, Any]
    action: str
    resource: str
    context: dict[str, Any]
    policies: list[str]
    unmatched: list[str] = []


def documents(folder: Path) -> Iterator[tuple[str, bool, Any]]:
    """Every decision of a folder: its name (`DENY/routes_scope`), whether it allows, and what the file says.

    Raises:
        ConfigUnreadable: A file is not JSON, or there is none.
    """
    files = [path for kind in ("ALLOW", "DENY") for path in sorted((folder / kind).glob("*.json"))]
    if not files:
        raise ConfigUnreadable(f"no decisions in {folder}")
    for path in files:
        name = f"{path.parent.name}/{path.stem}"
        try:
            yield name, path.parent.name == "ALLOW", json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigUnreadable(f"{name}: {error}") from error


def api_decisions(folder: Path = APIS) -> Iterator[tuple[str, bool, ApiDecision]]:
    """The decisions about the APIs.

    Raises:
        ConfigUnreadable: See `documents`.
        ConfigInvalid: A file has not the shape of a decision.
    """
    for name, allowed, content in documents(folder):
        try:
            yield name, allowed, ApiDecision.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(step) for step in first["loc"])
            raise ConfigInvalid(f"{name}: {place}: {first['msg']}") from error
