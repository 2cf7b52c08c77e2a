"""Asks a policy store on AWS for every decision of `decisions/apis` and prints where it differs.

    python -m gateway_config.replay_decisions --policy-store-id ID [--region REGION] [--folder FOLDER]

Needs ListIdentitySources, ListPolicies and IsAuthorized of Verified Permissions, and changes nothing. Policies are told
by their name (`name/ID`) or else their description, so a store is filled with one of both. Exit status: 0 all decisions
are as written down, 1 some are not, 2 the store could not be asked.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gateway_config.decision_files import APIS, ApiDecision, api_decisions
from gateway_config.errors import ConfigError, ConfigInvalid
from identity.token_mapping import TokenMapping

SCHEMA = Path(__file__).parent / "api_policies" / "schema.json"


@dataclass(frozen=True)
class PolicyStore:
    """A policy store as its identity source and its list of policies describe it.

    Attributes:
        client: boto3's `verifiedpermissions` client.
        issuer: Of the user pool.
        mapping: How the identity source maps tokens.
        namespace: Of the schema.
        names: Id of each policy to its name, else its description, else nothing but the id.
    """

    client: Any
    policy_store_id: str
    issuer: str
    mapping: TokenMapping
    namespace: str
    names: dict[str, str]

    def difference(self, expected: ApiDecision, *, allowed: bool) -> str | None:
        """How the store's answer differs from what is written down; None if it does not."""
        answer = self.client.is_authorized(**self._request(expected))
        policies = sorted(self.names.get(one["policyId"], one["policyId"]) for one in answer["determiningPolicies"])
        wanted = ("ALLOW" if allowed else "DENY", sorted(expected.policies))
        found = (answer["decision"], policies)
        if answer["errors"]:
            return f"{len(answer['errors'])} evaluation errors"
        return None if found == wanted else f"{_said(*found)} and not {_said(*wanted)}"

    def _request(self, expected: ApiDecision) -> dict[str, Any]:
        claims = {**expected.claims, "iss": self.issuer}
        principal = self.mapping.entity(claims)
        api = {"type": f"{self.namespace}::Api", "id": expected.resource}
        context = {**expected.context, "token": self.mapping.token(claims)}
        return {
            "policyStoreId": self.policy_store_id,
            "principal": {"entityType": principal["uid"]["type"], "entityId": principal["uid"]["id"]},
            "action": {"actionType": f"{self.namespace}::Action", "actionId": expected.action},
            "resource": {"entityType": api["type"], "entityId": api["id"]},
            "context": {"cedarJson": json.dumps(context)},
            "entities": {"cedarJson": json.dumps([principal, {"uid": api, "attrs": {}, "parents": []}])},
        }


def describe(client: Any, policy_store_id: str) -> PolicyStore:
    """What the store says of itself.

    Raises:
        ConfigInvalid: Its identity source is not one Cognito user pool with the schema's entity types.
        ClientError: The store refused.
    """
    [(namespace, schema)] = json.loads(SCHEMA.read_text(encoding="utf-8")).items()
    sources = client.list_identity_sources(policyStoreId=policy_store_id)["identitySources"]
    pools = [one["configuration"].get("cognitoUserPoolConfiguration") for one in sources]
    if len(pools) != 1 or pools[0] is None:
        raise ConfigInvalid(f"{policy_store_id} needs one identity source, a Cognito user pool")
    types = (sources[0]["principalEntityType"], pools[0].get("groupConfiguration", {}).get("groupEntityType"))
    if types != (f"{namespace}::User", f"{namespace}::UserGroup"):
        raise ConfigInvalid(f"the identity source makes {types[0]} and {types[1]}, which the schema does not mean")
    mapping = TokenMapping(
        pool=pools[0]["userPoolArn"].rpartition("/")[2],
        user_type=types[0],
        group_type=types[1],
        declared=frozenset(schema["commonTypes"]["AccessToken"]["attributes"]),
    )
    names = dict(_names(client, policy_store_id))
    return PolicyStore(client, policy_store_id, pools[0]["issuer"], mapping, namespace, names)


def main(arguments: Sequence[str], client_for: Callable[[str | None], Any]) -> int:
    """The exit status.

    Args:
        arguments: Of the command line.
        client_for: A client of a region; None is the region of the environment.
    """
    parser = argparse.ArgumentParser(prog="replay_decisions", description="replay decisions/apis on AWS")
    parser.add_argument("--policy-store-id", required=True)
    parser.add_argument("--region")
    parser.add_argument("--folder", type=Path, default=APIS, help="of the files, with ALLOW and DENY in it")
    given = parser.parse_args(arguments)
    try:
        decisions = list(api_decisions(given.folder))
        store = describe(client_for(given.region), given.policy_store_id)
        differing = 0
        for name, allowed, expected in decisions:
            difference = store.difference(expected, allowed=allowed)
            if difference is not None:
                differing += 1
                sys.stdout.write(f"{name}: {difference}\n")
    except (ConfigError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"cannot replay: {error}\n")
        return 2
    sys.stdout.write(f"{len(decisions)} decisions, {differing} differ\n")
    return 1 if differing else 0


def _names(client: Any, policy_store_id: str) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator("list_policies").paginate(policyStoreId=policy_store_id):
        for policy in page["policies"]:
            named = policy.get("name", "").removeprefix("name/")
            described = policy["definition"].get("static", {}).get("description", "")
            yield policy["policyId"], named or described or policy["policyId"]


def _said(decision: str, policies: Sequence[str]) -> str:
    return f"{decision} by {', '.join(policies) or 'no policy'}"


def _client(region: str | None) -> Any:
    session: Any = boto3.Session()  # its overloads want the service's name as a literal
    return session.client("verifiedpermissions", region_name=region)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], _client))
