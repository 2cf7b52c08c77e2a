from typing import Any

import pytest

from apis.serving.app import new_authorizer
from apis.serving.authorizer import ApiAuthorizer
from apis.serving.errors import PolicyFilesInvalid, Unauthorized
from apis.serving.settings import ApiSettings
from tests.support.api_client import team_issuer, team_settings
from tests.support.issuer import FakeIssuer

ARN = "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/routes/r1"


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
                    "Resource": "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/routes/*",
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
    assert statement["Resource"].split("/")[2:] == ["GET", "routes", "*"]


def test_the_header_is_found_in_any_case(authorizer: ApiAuthorizer, issuer: FakeIssuer) -> None:
    assert authorizer(event(issuer.token(), "aUTHORIZATION"))["principalId"] == "athlete-sub-1"


def test_a_refusal_has_the_one_text_that_api_gateway_turns_into_401(authorizer: ApiAuthorizer) -> None:
    with pytest.raises(Unauthorized) as refused:
        authorizer(event("not-a-token"))
    assert str(refused.value) == "Unauthorized"


@pytest.mark.case("P07")
def test_an_api_with_broken_policies_does_not_start(tmp_path: Any) -> None:
    settings = ApiSettings(**(team_settings("routes") | {"policies": tmp_path}))
    with pytest.raises(PolicyFilesInvalid):
        new_authorizer("routes", settings)
