"""Workload access tokens: who gets one, for whom, and how long it is good."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.support.issuer import ID_KID, FakeIssuer, rsa_key
from tests.support.vault import RunningVault


def m2m(client: object, token: str, provider: str = "coach-exchange") -> str:
    answer = client.get_resource_oauth2_token(  # type: ignore[attr-defined]  # boto3 makes its methods at run time
        workloadIdentityToken=token,
        resourceCredentialProviderName=provider,
        scopes=["activities/read"],
        oauth2Flow="M2M",
        audiences=["mcp-activities"],
    )
    return str(answer["accessToken"])


def test_the_front_gets_a_token_for_a_users_token(vault: RunningVault) -> None:
    assert m2m(vault.client(), vault.workload_token(vault.provider.user_token()))


def test_a_workload_token_says_nothing(vault: RunningVault) -> None:
    user_token = vault.provider.user_token()
    token = vault.workload_token(user_token)

    assert len(token) == 43
    assert "." not in token
    assert not set(user_token.split(".")) & {token}


def test_the_same_user_token_gives_the_same_workload_token_and_another_gives_another(vault: RunningVault) -> None:
    first, second = vault.provider.user_token(), vault.provider.user_token()

    assert vault.workload_token(first) == vault.workload_token(first)
    assert vault.workload_token(first) != vault.workload_token(second)


def test_the_operator_gets_a_token_of_a_workload_without_a_user(vault: RunningVault) -> None:
    token = vault.client("operator").get_workload_access_token(workloadName="coach")["workloadAccessToken"]

    assert m2m(vault.client(), token)


@pytest.mark.case("S06")
@pytest.mark.parametrize("workload", ["coach", "mcp-routes"])
def test_a_workloads_key_gets_no_workload_token_not_even_its_own(vault: RunningVault, workload: str) -> None:
    client = vault.client("coach")

    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_workload_access_token(workloadName=workload)
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_workload_access_token_for_jwt(workloadName=workload, userToken=vault.provider.user_token())


@pytest.mark.case("S07")
def test_a_key_cannot_present_another_workloads_token(vault: RunningVault) -> None:
    token = vault.workload_token(vault.provider.user_token())
    thief = vault.client("mcp-routes")

    for provider in ("mcp-routes-exchange", "coach-exchange"):
        with pytest.raises(thief.exceptions.AccessDeniedException):
            m2m(thief, token, provider)
    assert vault.provider.seen == []
    assert m2m(vault.client("coach"), token)


@pytest.mark.case("S08")
def test_a_provider_that_is_not_the_workloads_is_denied(vault: RunningVault) -> None:
    token = vault.workload_token(vault.provider.user_token())
    client = vault.client("coach")

    with pytest.raises(client.exceptions.AccessDeniedException):
        m2m(client, token, "mcp-routes-exchange")
    assert vault.provider.seen == []


@pytest.mark.case("S09")
def test_a_workload_token_ends_with_the_users_token(vault: RunningVault) -> None:
    token = vault.workload_token(vault.provider.user_token(exp=int(time.time()) + 100))
    client = vault.client()
    assert m2m(client, token)

    vault.clock.ahead_s = 101.0
    with pytest.raises(client.exceptions.UnauthorizedException):
        m2m(client, token)


@pytest.mark.case("S10")
def test_for_user_id_is_denied(vault: RunningVault) -> None:
    for principal in ("coach", "front", "operator"):
        client = vault.client(principal)
        with pytest.raises(client.exceptions.AccessDeniedException):
            client.get_workload_access_token_for_user_id(workloadName="coach", userId="maya")


@pytest.mark.case("S11")
def test_users_tokens_that_are_not_for_this_workload_are_refused(vault: RunningVault) -> None:
    issuer, front = vault.provider.issuer, vault.client("front")
    foreign = FakeIssuer(issuer="http://127.0.0.1:9/other", audience="coach", client_id="terminal")
    id_token = issuer.sign(
        issuer.header(typ="JWT", kid=ID_KID),
        json.dumps(issuer.claims(token_use="id")).encode(),
        rsa_key(ID_KID),
    )
    bad = {
        "another issuer": foreign.token(),
        "an ID token": id_token,
        "another audience": issuer.token(aud="mcp-routes"),
        "a client that is not upstream": issuer.token(client_id="stranger"),
        "expired": issuer.token(exp=int(time.time()) - 1),
        "unsigned": issuer.token().rpartition(".")[0] + ".AAAA",
        "not a JWT": "aaaa.bbbb.cccc",
    }

    for what, token in bad.items():
        with pytest.raises(ClientError) as refused:
            front.get_workload_access_token_for_jwt(workloadName="coach", userToken=token)
        assert refused.value.response["Error"]["Code"] == "UnauthorizedException", what


def test_an_unknown_workload_token_is_unauthorized(vault: RunningVault) -> None:
    client = vault.client()

    with pytest.raises(client.exceptions.UnauthorizedException):
        m2m(client, "A" * 43)


def test_an_unknown_workload_is_not_found(vault: RunningVault) -> None:
    vault.control().delete_workload_identity(name="coach")
    front = vault.client("front")

    with pytest.raises(front.exceptions.ResourceNotFoundException):
        front.get_workload_access_token_for_jwt(workloadName="coach", userToken=vault.provider.user_token())


def test_tokens_of_a_deleted_workload_are_gone(vault: RunningVault) -> None:
    token = vault.workload_token(vault.provider.user_token())
    vault.control().delete_workload_identity(name="coach")
    client = vault.client()

    with pytest.raises(client.exceptions.UnauthorizedException):
        m2m(client, token)
