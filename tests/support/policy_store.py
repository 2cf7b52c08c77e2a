"""Amazon Verified Permissions with one policy store, behind an unmodified boto3 client.

Requests are answered where boto3 would send them, and both directions are held against AWS's model. The mapping of
tokens is written down here a second time, from the user guide, so that a mistake in ours shows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import cedarpy
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.validate import ParamValidator
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from apis.serving.policy_files import PolicyFiles
from tests.support.issuer import FakeIssuer

STORE = "PSEXAMPLEabcdefg111111"


@dataclass
class FakePolicyStore:
    """Evaluates the same files as everything else.

    Attributes:
        issuer: Of the user pool that is the identity source.
        files: What the store was filled with.
        requests: Operation and input of every request, in order.

    Knobs:
        client_ids: Clients of the identity source; none means all.
        throttled: So many requests are answered with ThrottlingException.
        access_denied: The role may not ask.
        store_deleted: ResourceNotFoundException.
        unreachable: Nobody answers.
        silent: Nobody answers in time.
        garbage: What is answered instead of JSON.
        undecided: The answer has no decision.
        fails_evaluating: The answer has an evaluation error beside its decision.
        missing_policies: Policies that were never put there.
        other_source: Members of the identity source that are others than ours.
        unnamed: Policies have no names, as when they were made by hand.
    """

    issuer: FakeIssuer
    files: PolicyFiles
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    client_ids: tuple[str, ...] = ()
    throttled: int = 0
    access_denied: bool = False
    store_deleted: bool = False
    unreachable: bool = False
    silent: bool = False
    garbage: str | None = None
    undecided: bool = False
    fails_evaluating: bool = False
    missing_policies: frozenset[str] = frozenset()
    other_source: dict[str, Any] = field(default_factory=dict)
    unnamed: bool = False

    def client(self) -> Any:
        """A boto3 client of this store."""
        client = _session().client(
            "verifiedpermissions",
            region_name="eu-central-1",
            aws_access_key_id="unused",
            aws_secret_access_key="unused",
        )
        return self.behind(client)

    def behind(self, client: Any) -> Any:
        """Let this store answer for the client."""
        self._model = client.meta.service_model
        client.meta.events.register("before-send.verifiedpermissions", self._send)
        return client

    @property
    def names(self) -> dict[str, str]:
        """Id that the service gave, to the policy's own."""
        return {f"SP{number:020d}": name for number, name in enumerate(sorted(self._by_id))}

    @property
    def _by_id(self) -> dict[str, Any]:
        policies = json.loads(cedarpy.policies_to_json_str(self.files.policies))["staticPolicies"]
        return {one["annotations"]["id"]: one for one in policies.values()}

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        if self.unreachable:
            raise EndpointConnectionError(endpoint_url=request.url)
        if self.silent:
            raise ReadTimeoutError(endpoint_url=request.url)
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        given = json.loads(request.body)
        self._check(given, self._model.operation_model(operation).input_shape)
        self.requests.append((operation, given))
        status, document = self._answer(operation, given)
        if status == 200 and not self.undecided:
            self._check(document, self._model.operation_model(operation).output_shape)
        text = json.dumps(document) if self.garbage is None else self.garbage
        return _response(request.url, status, text)

    def _answer(self, operation: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.throttled:
            self.throttled -= 1
            return _error("ThrottlingException")
        if self.access_denied:
            return _error("AccessDeniedException")
        if self.store_deleted or given["policyStoreId"] != STORE:
            return _error("ResourceNotFoundException")
        answer: tuple[int, dict[str, Any]] = getattr(self, f"_{operation}")(given)
        return answer

    def _IsAuthorizedWithToken(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802 - AWS's name
        claims = self._verified(given["accessToken"])
        context = json.loads(given["context"]["cedarJson"])
        entities = json.loads(given["entities"]["cedarJson"])
        if claims is None or "token" in context:
            return _error("ValidationException")
        if any(one["uid"]["type"] in {"Coach::User", "Coach::UserGroup"} for one in entities):
            return _error("ValidationException")
        pool = claims["iss"].rpartition("/")[2]
        user = {"type": "Coach::User", "id": f"{pool}|{claims['sub']}"}
        groups = [{"type": "Coach::UserGroup", "id": f"{pool}|{name}"} for name in claims.get("cognito:groups", [])]
        declared = json.loads(self.files.schema)["Coach"]["commonTypes"]["AccessToken"]["attributes"]
        context["token"] = {name: claims[name] for name in declared if name in claims}
        context["token"]["scope"] = claims.get("scope", "").split()
        return self._evaluated(given, user, context, [{"uid": user, "attrs": {}, "parents": groups}, *entities])

    def _IsAuthorized(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802 - AWS's name
        user = {"type": given["principal"]["entityType"], "id": given["principal"]["entityId"]}
        context = json.loads(given["context"]["cedarJson"])
        return self._evaluated(given, user, context, json.loads(given["entities"]["cedarJson"]))

    def _ListIdentitySources(self, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802 - AWS's name
        pool = self.issuer.issuer.rpartition("/")[2]
        source = {
            "createdDate": "2026-05-20T10:00:00Z",
            "lastUpdatedDate": "2026-05-20T10:00:00Z",
            "identitySourceId": "ISEXAMPLEabcdefg111111",
            "policyStoreId": STORE,
            "principalEntityType": "Coach::User",
            "configuration": {
                "cognitoUserPoolConfiguration": {
                    "userPoolArn": f"arn:aws:cognito-idp:eu-central-1:000000000000:userpool/{pool}",
                    "clientIds": list(self.client_ids),
                    "issuer": self.issuer.issuer,
                    "groupConfiguration": {"groupEntityType": "Coach::UserGroup"},
                }
            },
        }
        return 200, {"identitySources": [source | self.other_source]}

    def _ListPolicies(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802 - AWS's name
        # Two to a page, so that whoever reads one page only is found out.
        start = int(given.get("nextToken", "0"))
        page = list(self.names.items())[start : start + 2]
        policies = [
            {
                "policyStoreId": STORE,
                "policyId": identifier,
                "policyType": "STATIC",
                "definition": {"static": {}},
                "createdDate": "2026-05-20T10:00:00Z",
                "lastUpdatedDate": "2026-05-20T10:00:00Z",
                **({} if self.unnamed else {"name": f"name/{name}"}),
            }
            for identifier, name in page
        ]
        more = start + 2 < len(self.names)
        return 200, {"policies": policies, **({"nextToken": str(start + 2)} if more else {})}

    def _evaluated(
        self, given: dict[str, Any], user: dict[str, str], context: dict[str, Any], entities: list[dict[str, Any]]
    ) -> tuple[int, dict[str, Any]]:
        request = {
            "principal": user,
            "action": {"type": given["action"]["actionType"], "id": given["action"]["actionId"]},
            "resource": {"type": given["resource"]["entityType"], "id": given["resource"]["entityId"]},
            "context": context,
        }
        kept = {name: one for name, one in self._by_id.items() if name not in self.missing_policies}
        policies = cedarpy.policies_from_json_str(
            json.dumps({"staticPolicies": kept, "templates": {}, "templateLinks": []})
        )
        result = cedarpy.is_authorized(request, policies, entities, schema=self.files.schema)
        if result.decision not in {cedarpy.Decision.Allow, cedarpy.Decision.Deny}:
            return _error("ValidationException")
        errors = result.diagnostics.errors or (["policy0: attribute not found"] if self.fails_evaluating else [])
        ids = {name: identifier for identifier, name in self.names.items()}
        reasons = [{"policyId": ids[name]} for name in result.diagnostics.id_annotations_by_reason.values()]
        answer = {
            "decision": "ALLOW" if result.decision == cedarpy.Decision.Allow else "DENY",
            "determiningPolicies": reasons,
            "errors": [{"errorDescription": str(error)} for error in errors],
        }
        if self.undecided:
            answer["decision"] = "INDETERMINATE"
        return 200, answer

    def _verified(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that the identity source accepts. Revocation is nothing that it knows of."""
        keys = KeySet([self.issuer.access_key])
        try:
            claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": self.issuer.issuer}).validate(claims)
        except (JoseError, ValueError):
            return None
        known = not self.client_ids or claims["client_id"] in self.client_ids
        return claims if known and claims["token_use"] == "access" else None

    def _check(self, document: Any, shape: Any) -> None:
        report = ParamValidator().validate(document, shape)
        assert not report.has_errors(), report.generate_report()


@cache
def _session() -> Any:
    """Reading AWS's models is most of the time that a client takes."""
    return boto3.Session()


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def _response(url: str, status: int, text: str) -> AWSResponse:
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(url, status, headers, _Raw(text.encode()))


def _error(code: str) -> tuple[int, dict[str, Any]]:
    # AWS's messages quote the request: what they say must not reach a log.
    return 400, {"__type": f"com.amazonaws.verifiedpermissions#{code}", "message": "quoted: secret-of-the-message"}
