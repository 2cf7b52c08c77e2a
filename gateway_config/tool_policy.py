"""The policies of the gateway's tools: Cedar files, one CreatePolicy for each statement.

Every statement carries `@id("name")`, which becomes the policy's name, and may carry `@enforcementMode("LOG_ONLY")`.
Both are members of the request and no part of the statement that is sent.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import cedarpy

from gateway_config.documents import FOLDER, filled, names, text
from gateway_config.errors import ConfigInvalid

POLICIES = "tool_policies"
GATEWAY_ARN = re.compile(
    r"arn:aws(|-cn|-us-gov):bedrock-agentcore:[a-z0-9-]{1,20}:[0-9]{12}:gateway/([0-9a-z][-]?){1,48}-[a-z0-9]{10}"
)
EnforcementMode = Literal["ACTIVE", "LOG_ONLY"]


@dataclass(frozen=True)
class ToolPolicy:
    """One policy.

    Attributes:
        name: Unique at the engine.
        file: Where it stands, relative to the configuration.
        mode: LOG_ONLY: it decides nothing and is only told of.
        statement: Cedar text without annotations and comments.
        body: The same in Cedar's JSON form.
    """

    name: str
    file: str
    mode: EnforcementMode
    statement: str
    body: Mapping[str, Any]

    def create_request(self, policy_engine_id: str) -> dict[str, Any]:
        """The request of CreatePolicy."""
        return {
            "policyEngineId": policy_engine_id,
            "name": self.name,
            "definition": {"cedar": {"statement": self.statement}},
            "validationMode": "FAIL_ON_ANY_FINDINGS",
            "enforcementMode": self.mode,
        }


def read_tool_policies(values: Mapping[str, str], folder: Path = FOLDER) -> tuple[ToolPolicy, ...]:
    """Read the policies, in the order of their files.

    Args:
        folder: Where the files are.
        values: Placeholder without its marks to value; `GATEWAY_ARN` is needed.

    Raises:
        ConfigError: A file is not Cedar, a statement has no id or that of another, the ARN is none.
    """
    arn = values.get("GATEWAY_ARN", "")
    # Before it is put between quotes that it could close.
    if arn and not GATEWAY_ARN.fullmatch(arn):
        raise ConfigInvalid(f"GATEWAY_ARN is {arn!r}, which is no ARN of a gateway", file=POLICIES)
    read: dict[str, ToolPolicy] = {}
    for file in names(folder, POLICIES, ".cedar"):
        for policy in _policies(filled(text(folder, file), values, file=file), file):
            if policy.name in read:
                raise ConfigInvalid(f"{read[policy.name].file} has a policy of this name", file=file, path=policy.name)
            read[policy.name] = policy
    return tuple(read.values())


def _policies(content: str, file: str) -> Iterator[ToolPolicy]:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(content))
    except ValueError as error:
        raise ConfigInvalid(f"is not Cedar: {error}", file=file) from error
    if parsed["templates"]:
        raise ConfigInvalid("has a template; AgentCore takes policies", file=file)
    for position, body in enumerate(parsed["staticPolicies"].values()):
        yield _policy(body, file, f"policy {position + 1}")


def _policy(body: dict[str, Any], file: str, place: str) -> ToolPolicy:
    annotations = body.pop("annotations", {})
    name = annotations.pop("id", None)
    mode = annotations.pop("enforcementMode", "ACTIVE")
    if not name:
        raise ConfigInvalid("has no @id", file=file, path=place)
    if mode not in get_args(EnforcementMode):
        raise ConfigInvalid(f"@enforcementMode is {mode!r}", file=file, path=name)
    if annotations:
        raise ConfigInvalid(
            f"has annotations that nobody reads: {', '.join(sorted(annotations))}", file=file, path=name
        )
    alone = {"staticPolicies": {name: body}, "templates": {}, "templateLinks": []}
    statement = str(cedarpy.policies_from_json_str(json.dumps(alone))).strip()
    return ToolPolicy(name, file, cast("EnforcementMode", mode), statement, body)
