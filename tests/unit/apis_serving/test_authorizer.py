import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from apis.serving.authorization import PolicyDecision, Question
from apis.serving.authorizer import ApiAuthorizer, new_authorizer
from apis.serving.cedar_local import CedarLocal
from apis.serving.errors import PolicyFilesInvalid, Unauthorized
from apis.serving.settings import ApiSettings
from apis.serving.verified_permissions import VerifiedPermissions
from tests.support.api_client import team_issuer, team_settings
from tests.support.issuer import FakeIssuer
from tests.support.policy_questions import FILES

ARN = "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/routes/r1"


@dataclass
class Recorder:
    """Decides as it is told and remembers what it was asked."""

    allowed: bool = True
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def is_authorized_with_token(self, *asked: Any) -> PolicyDecision:
        self.asked.append(asked)
        return PolicyDecision(self.allowed, ("p",))

    async def is_authorized_with_token_async(self, *asked: Any) -> PolicyDecision:
        return self.is_authorized_with_token(*asked)


@pytest.fixture
def issuer() -> FakeIssuer:
    return team_issuer("routes", scope="routes/read")


@pytest.fixture
def authorizer(issuer: FakeIssuer) -> ApiAuthorizer:
    return new_authorizer("routes", ApiSettings(**team_settings("routes")), fetch=issuer.fetch)


def event(token: str, name: str = "Authorization") -> dict[str, Any]:
    return {
        "type": "REQUEST",
        "methodArn": ARN,
        "httpMethod": "GET",
        "resource": "/routes/{route_id}",
        "multiValueHeaders": {name: [f"Bearer {token}"]},
    }


def test_it_answers_an_iam_policy_for_the_operation_with_a_flat_text_context(
    authorizer: ApiAuthorizer, issuer: FakeIssuer
) -> None:
    assert authorizer(event(issuer.token())) == {
        "principalId": "athlete-sub-1",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": [
                        "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/routes/*",
                        "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/routes/*/",
                    ],
                }
            ],
        },
        "context": {
            "iss": issuer.issuer,
            "sub": "athlete-sub-1",
            "client_id": "mcp-routes-exchange",
            "scope": "routes/read",
            "username": "maya",
        },
    }


async def test_lambda_and_the_local_shim_get_the_same_answer(authorizer: ApiAuthorizer, issuer: FakeIssuer) -> None:
    token = issuer.token()
    assert await authorizer.authorize(event(token)) == authorizer(event(token))


def test_what_cedar_does_not_allow_is_an_explicit_deny(authorizer: ApiAuthorizer, issuer: FakeIssuer) -> None:
    policy = authorizer(event(issuer.token(scope="openid")))
    assert [statement["Effect"] for statement in policy["policyDocument"]["Statement"]] == ["Deny"]


@pytest.mark.case("I07")
def test_the_policy_covers_no_other_method(authorizer: ApiAuthorizer, issuer: FakeIssuer) -> None:
    statement = authorizer(event(issuer.token()))["policyDocument"]["Statement"][0]
    assert [each.split("/")[2:] for each in statement["Resource"]] == [
        ["GET", "routes", "*"],
        ["GET", "routes", "*", ""],
    ]


def test_the_header_is_found_in_any_case(authorizer: ApiAuthorizer, issuer: FakeIssuer) -> None:
    assert authorizer(event(issuer.token(), "aUTHORIZATION"))["principalId"] == "athlete-sub-1"


def test_a_refusal_has_the_one_text_that_api_gateway_turns_into_401(authorizer: ApiAuthorizer) -> None:
    with pytest.raises(Unauthorized) as refused:
        authorizer(event("not-a-token"))
    assert str(refused.value) == "Unauthorized"


async def test_it_asks_with_the_present_and_the_api_as_the_only_entity(issuer: FakeIssuer) -> None:
    recorder = Recorder()
    authorizer = ApiAuthorizer(
        api="routes", verifier=issuer.verifier(), files=FILES, policies=recorder, clock=lambda: 1_790_000_000.9
    )
    token = issuer.token()
    authorizer(event(token))
    await authorizer.authorize(event(token))
    api = {"uid": {"type": "Coach::Api", "id": "routes"}, "attrs": {}, "parents": []}
    question = Question(
        {"actionType": "Coach::Action", "actionId": "get /routes/{route_id}"},
        {"entityType": "Coach::Api", "entityId": "routes"},
        {"cedarJson": '{"request_time": 1790000000}'},
        {"cedarJson": json.dumps([api])},
    )
    asked = (token, question)
    assert recorder.asked == [asked, asked]


@pytest.mark.case("I07")
async def test_every_request_is_decided_anew(issuer: FakeIssuer) -> None:
    recorder = Recorder()
    authorizer = ApiAuthorizer(api="routes", verifier=issuer.verifier(), files=FILES, policies=recorder)
    effects = []
    for recorder.allowed in (True, False, True):
        policy = await authorizer.authorize(event(issuer.token()))
        effects.append(policy["policyDocument"]["Statement"][0]["Effect"])
    assert effects == ["Allow", "Deny", "Allow"]


def test_settings_alone_choose_who_decides(issuer: FakeIssuer) -> None:
    values = team_settings("routes")
    store: dict[str, Any] = {"policy_store_id": "PSEXAMPLEabcdefg111111", "policy_store_region": "eu-central-1"}
    local = new_authorizer("routes", ApiSettings(**values), fetch=issuer.fetch)
    remote = new_authorizer("routes", ApiSettings(**values, **store), fetch=issuer.fetch)
    assert isinstance(local.policies, CedarLocal)
    assert isinstance(remote.policies, VerifiedPermissions)


@pytest.mark.case("P07")
def test_an_api_with_broken_policies_does_not_start(tmp_path: Any) -> None:
    settings = ApiSettings(**(team_settings("routes") | {"policies": tmp_path}))
    with pytest.raises(PolicyFilesInvalid):
        new_authorizer("routes", settings)
