"""The consent return at a vault that has AWS's own operations and no others."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from identity.consent_return.errors import ConnectionsUnlisted, ConsentOfAnother, ConsentOver, VaultUnavailable
from identity.consent_return.vault_calls import AgentCoreConsents, VaultConsents, consents_of
from tests.support.consent_return import running_consent_return, settings_of_tests
from tests.support.consenting import ask, browse
from tests.support.vault import RunningVault

STATE = "checked-by-the-landing"


def consents(vault: RunningVault, principal: str = "consent-return") -> AgentCoreConsents:
    return AgentCoreConsents(vault.client(principal))


async def test_a_consent_is_completed_with_aws_own_operation(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)
    browse(started["authorizationUrl"])
    await consents(vault).complete(started["sessionUri"], vault.provider.application_token(), STATE)
    assert ask(vault, user_token).keys() >= {"accessToken"}


@pytest.mark.case("V01")
async def test_of_another_person_it_is_refused(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)
    browse(started["authorizationUrl"])
    with pytest.raises(ConsentOfAnother):
        await consents(vault).complete(started["sessionUri"], vault.provider.application_token("jonas-sub"), STATE)


async def test_a_session_that_never_was_is_over(federated: RunningVault) -> None:
    nothing = "urn:ietf:params:oauth:request_uri:" + "n" * 43
    with pytest.raises(ConsentOver):
        await consents(federated).complete(nothing, federated.provider.application_token(), STATE)


class Throttled:
    """boto3's client on a bad day."""

    def complete_resource_token_auth(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "CompleteResourceTokenAuth")


async def test_a_vault_that_is_too_busy_is_unavailable() -> None:
    with pytest.raises(VaultUnavailable):
        await AgentCoreConsents(Throttled()).complete("urn:s", "a.b.c", STATE)


async def test_what_is_connected_is_told_by_no_operation_of_aws_and_the_page_says_so() -> None:
    for call in (AgentCoreConsents(None).connections("t"), AgentCoreConsents(None).disconnect("t", "w", "p")):
        with pytest.raises(ConnectionsUnlisted):
            await call
    async with running_consent_return() as page:
        page.consents.refuse = ConnectionsUnlisted("of AWS")
        answer = await page.signed_in("/")
        assert (answer.status_code, "cannot be shown here" in answer.text) == (501, True)


def test_settings_alone_choose_the_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-role")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-a-role")
    local, aws = consents_of(settings_of_tests()), consents_of(settings_of_tests(vault_url=None, region="eu-central-1"))
    assert isinstance(local, VaultConsents)
    assert isinstance(aws, AgentCoreConsents)
    assert aws._client.meta.endpoint_url == "https://bedrock-agentcore.eu-central-1.amazonaws.com"
    for each in (local, aws):
        each.close()
