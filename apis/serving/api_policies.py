"""Cedar decisions for the APIs, in the shape of Amazon Verified Permissions' ``IsAuthorizedWithToken``.

The principal is ``Coach::User::"<pool>|<sub>"`` (a client without a user too, with its client id as ``sub``), the
action is method and route template, the resource is the API, and the access token's claims are
``context.token.*`` with ``scope`` as a set. The same files are the policy store on AWS.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cedarpy

from apis.serving.errors import PolicyFilesInvalid
from apis.serving.gateway_event import action_name
from identity.errors import AmbiguousJson
from identity.strict_json import loads
from identity.tokens import Principal

logger = logging.getLogger(__name__)

NAMESPACE = "Coach"


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """``policies`` are the ids of the policies that determined the answer; none for a default deny."""

    allowed: bool
    policies: tuple[str, ...]


class ApiPolicies:
    """Policies and schema, parsed and validated once."""

    def __init__(self, policies: str, schema: str) -> None:
        """Parses Cedar text and the JSON schema.

        Raises:
            PolicyFilesInvalid: They do not parse or do not fit; a ``forbid`` that errors at run time would be
                skipped by Cedar, so nothing is decided with such files (P06, P07).
        """
        try:
            self._schema = cedarpy.Schema.from_json_str(schema)
            self._policies = cedarpy.PolicySet.from_str(policies)
            self._entities = cedarpy.Entities.from_json_str("[]", schema=self._schema)
            self._actions = frozenset(loads(schema)[NAMESPACE]["actions"])
        except (ValueError, AmbiguousJson, KeyError) as err:
            raise PolicyFilesInvalid(f"Cedar files do not parse: {err}") from err
        findings = cedarpy.validate_policies(policies, self._schema)
        if not findings.validation_passed:
            raise PolicyFilesInvalid("; ".join(str(error) for error in findings.errors))
        _check_ids(policies)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Reads ``*.cedar`` and ``schema.json``.

        Raises:
            PolicyFilesInvalid: A file is missing, or see above.
        """
        try:
            texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cedar"))]
            schema = (folder / "schema.json").read_text(encoding="utf-8")
        except OSError as err:
            raise PolicyFilesInvalid(f"cannot read {err.filename}") from err
        return cls("\n".join(texts), schema)

    def require_actions(self, operations: Iterable[tuple[str, str]]) -> None:
        """Refuses to start an API with an operation that the schema does not know: it could never be allowed.

        Raises:
            PolicyFilesInvalid: Naming the operations.
        """
        missing = {action_name(method, template) for method, template in operations} - self._actions
        if missing:
            raise PolicyFilesInvalid(f"schema.json lacks the actions {sorted(missing)}")

    def decide(self, principal: Principal, *, action: str, api: str) -> PolicyDecision:
        """Decides one request; anything but a clean Allow is a deny."""
        request = {
            # P12: identifiers are data in JSON form, never pasted into Cedar text.
            "principal": _uid("User", f"{_pool(principal.issuer)}|{principal.subject}"),
            "action": _uid("Action", action),
            "resource": _uid("Api", api),
            "context": {"token": _token_claims(principal)},
        }
        result = cedarpy.is_authorized(request, self._policies, self._entities, schema=self._schema)
        if result.diagnostics.errors:
            logger.error("api=<%s>, action=<%s> | policy evaluation failed, denied", api, action)
            return PolicyDecision(allowed=False, policies=())
        # An unknown action under a schema gives NoDecision, so `!= Deny` would let it in.
        allowed = result.decision == cedarpy.Decision.Allow
        return PolicyDecision(allowed, tuple(sorted(result.diagnostics.id_annotations_by_reason.values())))


def _check_ids(policies: str) -> None:
    documents = loads(cedarpy.policies_to_json_str(policies))["staticPolicies"].values()
    ids = [document.get("annotations", {}).get("id") for document in documents]
    if None in ids or len(set(ids)) < len(ids):
        raise PolicyFilesInvalid("every policy needs an @id of its own")


def _pool(issuer: str) -> str:
    """Pool id: the last path segment of the issuer, on Cognito as on a laptop."""
    return issuer.rstrip("/").rpartition("/")[2]


def _uid(kind: str, identifier: str) -> dict[str, str]:
    return {"type": f"{NAMESPACE}::{kind}", "id": identifier}


def _token_claims(principal: Principal) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": principal.issuer,
        "sub": principal.subject,
        "client_id": principal.client_id,
        "scope": sorted(principal.scopes),
    }
    return claims | ({"username": principal.username} if principal.username else {})
