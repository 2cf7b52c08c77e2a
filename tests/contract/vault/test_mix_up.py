"""Two providers, one vault: what belongs to one of them is worth nothing at the other (RFC 9700 §4.4, RFC 9207)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.consenting import ask, browse, callback_of, complete, query, visit, with_changed_query
from tests.support.serving import free_socket, served, url_of
from tests.support.vault import KEYS, FakeProvider, RunningVault, provider_request, running_vault, vault_keys

BOTH = {"actions": ["GetResourceOauth2Token"], "workloads": ["coach"], "providers": ["*"]}


@pytest.fixture
def second() -> Iterator[FakeProvider]:
    """Another authorization server; in every other respect it is as honest as the first."""
    provider, listening = FakeProvider(), free_socket()
    provider.url = url_of(listening)
    with served(provider.app(), listening):
        yield provider


@pytest.fixture
def vault(tmp_path: Path, second: FakeProvider) -> Iterator[RunningVault]:
    """A vault where the coach may ask for accounts at either provider."""
    here = frozenset({"127.0.0.1:*"})
    with running_vault(tmp_path, keys=vault_keys({**KEYS, "coach": [BOTH]}), private_providers=here) as running:
        running.provision_federation()
        running.control().create_oauth2_credential_provider(**provider_request(second.url, "second-federation"))
        yield running


def test_each_provider_alone_leads_to_its_own_token(vault: RunningVault, second: FakeProvider) -> None:
    """The positive control of every refusal below."""
    user_token = vault.provider.user_token()
    issuers = {"coach-federation": vault.provider, "second-federation": second}

    for name, provider in issuers.items():
        asked = {"resourceCredentialProviderName": name}
        started = ask(vault, user_token, **asked)
        browse(started["authorizationUrl"])
        complete(vault, started["sessionUri"], userToken=vault.provider.application_token())
        assert ask(vault, user_token, **asked) == {"accessToken": provider.issued[-1]}


@pytest.mark.case("V03")
def test_an_answer_at_the_other_providers_callback_is_refused_before_any_token_request(
    vault: RunningVault, second: FakeProvider
) -> None:
    user_token = vault.provider.user_token()
    started = ask(vault, user_token)
    callback = callback_of(started["authorizationUrl"])

    mixed_up = visit(callback.replace("/coach-federation?", "/second-federation?"))

    assert mixed_up.status_code == 400
    assert "location" not in mixed_up.headers
    # The consent is over: the right callback does not bring it back.
    assert visit(callback).status_code == 400
    assert vault.provider.seen == second.seen == []
    assert ask(vault, user_token, sessionUri=started["sessionUri"])["sessionStatus"] == "FAILED"


@pytest.mark.case("V03")
@pytest.mark.parametrize("issuer", ["second", None, "http://127.0.0.1:9"], ids=["the other's", "none", "nobody's"])
def test_an_answer_that_names_another_issuer_is_refused_before_any_token_request(
    vault: RunningVault, second: FakeProvider, issuer: str | None
) -> None:
    user_token = vault.provider.user_token()
    started = ask(vault, user_token)
    named = second.url if issuer == "second" else issuer

    mixed_up = visit(with_changed_query(callback_of(started["authorizationUrl"]), iss=named))

    assert mixed_up.status_code == 400
    assert vault.provider.seen == second.seen == []
    assert ask(vault, user_token, sessionUri=started["sessionUri"])["sessionStatus"] == "FAILED"


@pytest.mark.case("V03")
def test_a_code_of_the_other_provider_in_our_callback_ends_at_the_provider_that_never_issued_it(
    vault: RunningVault, second: FakeProvider
) -> None:
    """State and issuer are right here, so only the code tells: it goes to the one provider that was asked."""
    user_token = vault.provider.user_token()
    ours = ask(vault, user_token)
    theirs = ask(vault, user_token, resourceCredentialProviderName="second-federation")
    (stolen,) = query(callback_of(theirs["authorizationUrl"]))["code"]

    visit(with_changed_query(callback_of(ours["authorizationUrl"]), code=stolen))
    client = vault.client("consent-return")
    with pytest.raises(client.exceptions.AccessDeniedException):
        complete(vault, ours["sessionUri"], userToken=vault.provider.application_token())

    assert second.seen == []
    assert len(vault.provider.seen) == 1
    assert "accessToken" not in ask(vault, user_token)
