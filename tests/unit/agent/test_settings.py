import pytest

from agent.settings import AgentSettings
from agent.team_access import agentcore_client, connect_teams
from identity.tokens import Trust

VALUES = {
    "REGION": "us-east-1",
    "ACCOUNT": "000000000000",
    "URL:consent-return": "http://127.0.0.1:1",
    "URL:gateway": "http://127.0.0.1:1/mcp",
    **{f"URL:mcp-{team}": f"http://127.0.0.1:1/{team}" for team in ("activities", "routes", "socials", "support")},
}


def settings(**changes: object) -> AgentSettings:
    values: dict[str, object] = {
        "issuer": "http://issuer.test/coach",
        "vault_url": "http://127.0.0.1:1",
        "vault_access_key_id": "key",
        "vault_secret_access_key": "secret-value",
    }
    return AgentSettings(**{**values, **changes})  # type: ignore[arg-type]  # pydantic checks


def test_the_coach_trusts_its_audience_and_the_clients_of_people() -> None:
    assert settings().trust == Trust(
        issuer="http://issuer.test/coach",
        audiences=frozenset({"coach"}),
        clients=frozenset({"terminal", "developer"}),
    )


def test_secrets_do_not_show() -> None:
    assert "secret-value" not in repr(settings())


@pytest.mark.parametrize(
    ("opt_in", "redacted"),
    [
        ("", False),
        ("gen_ai_unredacted_attributes=", True),
        ("a,gen_ai_unredacted_attributes=", True),
        ("gen_ai_unredacted_attributes=all", False),
    ],
)
def test_only_the_empty_list_of_unredacted_attributes_counts(opt_in: str, redacted: bool) -> None:
    assert settings(opt_in=opt_in).traces_are_redacted is redacted


def test_the_opt_in_is_read_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_unredacted_attributes=")
    monkeypatch.setenv("COACH_TARGET_VALUES", '{"REGION": "eu-central-1"}')
    read = settings()
    assert read.traces_are_redacted
    assert read.target_values == {"REGION": "eu-central-1"}


def test_the_teams_come_from_gateway_config() -> None:
    teams = {target.name: target.grant for target in settings(target_values=VALUES).targets()}
    assert set(teams) == {"activities", "routes", "socials", "support"}
    assert (teams["routes"], teams["socials"]) == ("CLIENT_CREDENTIALS", "AUTHORIZATION_CODE")


async def test_connecting_opens_no_connection() -> None:
    consent = {"consent_return_url": "http://127.0.0.1:1/return", "consent_state_key": "k" * 43}
    configured = settings(target_values=VALUES, **consent)
    tools = connect_teams(configured, agentcore_client(configured))
    assert tools.unreachable() == []
    tools.close()
