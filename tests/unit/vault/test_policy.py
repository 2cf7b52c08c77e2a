import pytest
from pydantic import ValidationError

from identity.vault.errors import Denied
from identity.vault.policy import AccessKey, Statement, VaultPolicy


def key(*statements: Statement) -> AccessKey:
    return AccessKey(
        access_key_id="LOCALCOACH0000000000", secret_access_key="s", principal="coach", statements=statements
    )


OWN = Statement(
    actions=("bedrock-agentcore:GetResourceOauth2Token",), workloads=("coach",), providers=("coach-exchange",)
)


def test_a_statement_allows_what_it_names() -> None:
    key(OWN).require("GetResourceOauth2Token", workload="coach", provider="coach-exchange")


@pytest.mark.parametrize(
    ("action", "workload", "provider"),
    [
        pytest.param("GetWorkloadAccessToken", "coach", None, id="another action"),
        pytest.param("GetResourceOauth2Token", "mcp-routes", "coach-exchange", id="another workload"),
        pytest.param("GetResourceOauth2Token", "coach", "mcp-routes-exchange", id="another provider"),
        pytest.param("GetResourceOauth2Token", "coach2", "coach-exchange", id="a longer name"),
        pytest.param("getresourceoauth2token", "coach", "coach-exchange", id="another case"),
    ],
)
def test_what_no_statement_names_is_denied(action: str, workload: str, provider: str | None) -> None:
    with pytest.raises(Denied):
        key(OWN).require(action, workload=workload, provider=provider)


def test_a_key_without_statements_may_do_nothing() -> None:
    with pytest.raises(Denied):
        key().require("GetTokenVault")


def test_permissions_of_two_statements_do_not_combine() -> None:
    first = Statement(actions=("GetResourceOauth2Token",), workloads=("coach",), providers=("a",))
    second = Statement(actions=("GetResourceOauth2Token",), workloads=("mcp-routes",), providers=("b",))

    with pytest.raises(Denied):
        key(first, second).require("GetResourceOauth2Token", workload="coach", provider="b")


def test_patterns_know_the_star() -> None:
    key(Statement(actions=("*WorkloadIdentity",), workloads=("mcp-*",))).require(
        "CreateWorkloadIdentity", workload="mcp-routes"
    )


def test_a_secret_does_not_show_in_text() -> None:
    one = AccessKey(access_key_id="LOCALCOACH0000000000", secret_access_key="canary-secret", principal="coach")

    assert "canary-secret" not in repr(one)


def test_two_keys_with_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        VaultPolicy(keys=(key(), key()))
