"""The policy files as an engine: Cedar decides about verified claims.

The principal is ``Coach::User::"<pool>|<sub>"`` (a client without a user too, with its client id as ``sub``), its
groups are its parents, the action is method and route template, the resource is the API, and the access token's claims
are ``context.token.*``. The same files are the policy store on AWS.
"""

import json
import logging
from typing import Any

import cedarpy

from apis.serving.authorization import DENIED, CedarJson, PolicyDecision, Question
from apis.serving.errors import PolicyFilesInvalid, QuestionUnfit
from apis.serving.policy_files import PolicyFiles
from identity.errors import AmbiguousJson, TokenMalformed
from identity.strict_json import loads
from identity.token_mapping import TokenMapping

logger = logging.getLogger(__name__)


class ApiPolicies:
    """Policies and schema, parsed and validated once."""

    def __init__(self, files: PolicyFiles) -> None:
        """Parses Cedar text and the JSON schema.

        Raises:
            PolicyFilesInvalid: They do not parse or do not fit; a ``forbid`` that errors at run time would be
                skipped by Cedar, so nothing is decided with such files (P06, P07).
        """
        self._mapping = files.mapping
        try:
            self._schema = cedarpy.Schema.from_json_str(files.schema)
            self._policies = cedarpy.PolicySet.from_str(files.policies)
        except ValueError as err:
            raise PolicyFilesInvalid(f"Cedar files do not parse: {err}") from err
        findings = cedarpy.validate_policies(files.policies, self._schema)
        if not findings.validation_passed:
            raise PolicyFilesInvalid("; ".join(str(error) for error in findings.errors))
        self.ids = _ids(files.policies)

    def decide(self, claims: dict[str, Any], question: Question) -> PolicyDecision:
        """Decides one request of a verified token; anything but a clean Allow is a deny."""
        name, api = question.action["actionId"], question.resource["entityId"]
        try:
            request = {
                # P12: identifiers are data in JSON form, never pasted into Cedar text.
                "principal": self._mapping.principal(claims),
                "action": {"type": question.action["actionType"], "id": name},
                "resource": {"type": question.resource["entityType"], "id": api},
                "context": {**_context(question.context), "token": self._mapping.token(claims)},
            }
            known = json.dumps([self._mapping.entity(claims), *_entities(question.entities, self._mapping)])
            given = cedarpy.Entities.from_json_str(known, schema=self._schema)
        except (TokenMalformed, ValueError) as err:
            # The text of the error may quote what was given.
            logger.error("api=<%s>, action=<%s>, error=<%s> | not decidable, denied", api, name, type(err).__name__)  # noqa: TRY400 - see above
            return DENIED
        result = cedarpy.is_authorized(request, self._policies, given, schema=self._schema)
        if result.diagnostics.errors:
            logger.error("api=<%s>, action=<%s> | policy evaluation failed, denied", api, name)
            return DENIED
        # An unknown action under a schema gives NoDecision, so `!= Deny` would let it in.
        allowed = result.decision == cedarpy.Decision.Allow
        return PolicyDecision(allowed, tuple(sorted(result.diagnostics.id_annotations_by_reason.values())))


def _ids(policies: str) -> frozenset[str]:
    documents = loads(cedarpy.policies_to_json_str(policies))["staticPolicies"].values()
    ids = [document.get("annotations", {}).get("id") for document in documents]
    if None in ids or len(set(ids)) < len(ids):
        raise PolicyFilesInvalid("every policy needs an @id of its own")
    return frozenset(ids)


def _context(context: CedarJson) -> dict[str, Any]:
    members = _parsed(context)
    if not isinstance(members, dict) or "token" in members:
        raise QuestionUnfit("the context is not an object, or has a token of its own")
    return members


def _entities(entities: CedarJson, mapping: TokenMapping) -> list[Any]:
    """Those of the resource. IsAuthorizedWithToken takes no principals and no groups: they come from the token."""
    listed = _parsed(entities)
    try:
        kinds = {one["uid"]["type"] for one in listed}
    except (TypeError, KeyError) as err:
        raise QuestionUnfit("the entities are not a list of entities") from err
    if kinds & {mapping.user_type, mapping.group_type}:
        raise QuestionUnfit("principals and groups come from the token alone")
    return list(listed)


def _parsed(given: CedarJson) -> Any:
    try:
        return loads(given["cedarJson"])
    except AmbiguousJson as err:
        raise QuestionUnfit("not unambiguous JSON") from err
