"""The policies of the APIs, one CreatePolicy of Verified Permissions for each statement of `api_policies/`.

`${POOL}` stays in the statements: which user pool it is, is known where the policy store is made.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import cedarpy

from gateway_config.documents import FOLDER, names, text
from gateway_config.errors import ConfigInvalid

POLICIES = "api_policies"
SCHEMA = f"{POLICIES}/schema.json"


@dataclass(frozen=True)
class ApiPolicy:
    """One policy.

    Attributes:
        name: Its `@id`.
        statement: Cedar text with its annotations, without comments.
    """

    name: str
    file: str
    statement: str


def read_api_policies(folder: Path = FOLDER) -> tuple[ApiPolicy, ...]:
    """Read the policies, in the order of their files.

    Raises:
        ConfigError: A file is not Cedar, or a statement has no id or that of another.
    """
    read: dict[str, ApiPolicy] = {}
    for file in names(folder, POLICIES, ".cedar"):
        try:
            parsed = json.loads(cedarpy.policies_to_json_str(text(folder, file)))
        except ValueError as error:
            raise ConfigInvalid(f"is not Cedar: {error}", file=file) from error
        for body in parsed["staticPolicies"].values():
            name = body.get("annotations", {}).get("id")
            if not name or name in read:
                raise ConfigInvalid("a policy has no @id, or that of another", file=file, path=str(name))
            alone = {"staticPolicies": {name: body}, "templates": {}, "templateLinks": []}
            read[name] = ApiPolicy(name, file, str(cedarpy.policies_from_json_str(json.dumps(alone))).strip())
    return tuple(read.values())


def read_api_schema(folder: Path = FOLDER) -> str:
    """The schema in Cedar's JSON form, without white space.

    Raises:
        ConfigError: It is missing or no JSON.
    """
    try:
        return json.dumps(json.loads(text(folder, SCHEMA)), separators=(",", ":"))
    except ValueError as error:
        raise ConfigInvalid(f"is not JSON: {error}", file=SCHEMA) from error
