"""Where the vault goes with a secret, and by which grant: configured places, checked when named and when reached."""

import socket
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr

from identity.outbound_addresses import AddressPolicy
from identity.vault.database import open_database
from identity.vault.discovery import Discovery
from identity.vault.endpoint_pins import EndpointPins
from identity.vault.errors import ProviderUnavailable
from identity.vault.oauth2_provider import OAuth2Provider
from identity.vault.provider_http import ProviderHttp
from tests.support.consenting import ask
from tests.support.vault import CANARY_CLIENT_SECRET, RunningVault, provider_request

PRIVATE = [
    "169.254.169.254",
    "127.0.0.1:1",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "10.0.0.7",
    "[fd00:ec2::254]",
    "me@idp.example",
]
LOCAL_NAME = "http://localhost"  # a name on https is judged by its addresses, when it is reached
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def on_behalf(vault: RunningVault, user_token: str, **changes: Any) -> str:
    request = {"resourceCredentialProviderName": "coach-exchange", "oauth2Flow": "ON_BEHALF_OF_TOKEN_EXCHANGE"}
    return str(ask(vault, user_token, **request | changes)["accessToken"])


def configure(vault: RunningVault, **config: Any) -> None:
    vault.control().update_oauth2_credential_provider(
        **provider_request(vault.provider.url, "coach-exchange", onBehalfOfTokenExchangeConfig=config)
    )


def test_on_behalf_of_by_assertion_presents_the_users_token_as_the_grant(vault: RunningVault) -> None:
    configure(vault, grantType="JWT_AUTHORIZATION_GRANT")
    user_token = vault.provider.user_token()

    issued = on_behalf(vault, user_token, customParameters={"requested_token_use": "on_behalf_of"})

    (request,) = vault.provider.seen
    assert request.form == {
        "grant_type": [JWT_BEARER],
        "assertion": [user_token],
        "scope": ["socials/read socials/write"],
        "audience": ["mcp-socials"],
        "requested_token_use": ["on_behalf_of"],
    }
    assert request.authorization
    assert issued == vault.provider.issued[-1]


@pytest.mark.parametrize(("grant", "form"), [("JWT_AUTHORIZATION_GRANT", JWT_BEARER), ("TOKEN_EXCHANGE", "exchange")])
def test_no_client_leaves_the_clients_credentials_out(vault: RunningVault, grant: str, form: str) -> None:
    configure(vault, grantType=grant, onBehalfOfAuthenticationConfig={"clientAuthenticationMethod": "NO_CLIENT"})

    on_behalf(vault, vault.provider.user_token())

    (request,) = vault.provider.seen
    assert request.grant.endswith(form)
    assert request.authorization is None
    assert not {"client_id", "client_secret"} & request.form.keys()


def test_an_actor_token_for_an_assertion_is_refused_and_not_left_out(vault: RunningVault) -> None:
    with pytest.raises(ClientError) as error:
        configure(
            vault,
            grantType="JWT_AUTHORIZATION_GRANT",
            tokenExchangeGrantTypeConfig={"actorTokenContent": "M2M", "actorTokenScopes": []},
        )
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_an_assertion_needs_a_user_who_came_with_a_token(vault: RunningVault) -> None:
    configure(vault, grantType="JWT_AUTHORIZATION_GRANT")
    alone = vault.client("operator").get_workload_access_token(workloadName="coach")["workloadAccessToken"]

    with pytest.raises(ClientError) as error:
        on_behalf(vault, "", workloadIdentityToken=alone)
    assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.case("V24")
@pytest.mark.parametrize(
    "url", [f"{scheme}://{host}" for scheme in ("https", "http") for host in PRIVATE] + [LOCAL_NAME]
)
def test_a_provider_in_a_private_place_is_not_registered(vault: RunningVault, url: str) -> None:
    metadata = {"issuer": url, "authorizationEndpoint": f"{url}/a", "tokenEndpoint": f"{url}/t"}
    for discovery in (
        {"discoveryUrl": f"{url}/.well-known/openid-configuration"},
        {"authorizationServerMetadata": metadata},
    ):
        with pytest.raises(ClientError) as error:
            vault.control().create_oauth2_credential_provider(
                **provider_request("https://idp.example", "other", oauthDiscovery=discovery)
            )
        assert error.value.response["Error"]["Code"] == "ValidationException"
    vault.control().create_oauth2_credential_provider(**provider_request("https://idp.example", "other"))


@pytest.mark.case("V24")
@pytest.mark.parametrize("name", ["localhost", "rebound.example"])
async def test_a_name_that_leads_to_a_private_place_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked: list[str] = []

    async def rebound(_: object, host: str, port: int, **__: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", port))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", rebound)
    http = ProviderHttp(AddressPolicy(), timeout_s=2)

    with pytest.raises(ProviderUnavailable, match="ConnectError"):
        await http.post_form(f"https://{name}/token", [("grant_type", "client_credentials")], {})
    await http.close()
    assert asked == [name]


@pytest.mark.case("V24")
async def test_a_private_place_that_is_not_named_is_not_reached_and_a_named_one_is(vault: RunningVault) -> None:
    url = f"{vault.provider.url}/.well-known/openid-configuration"
    stranger = ProviderHttp(AddressPolicy(), timeout_s=2)
    with pytest.raises(ProviderUnavailable):
        await stranger.get(url)
    await stranger.close()
    assert vault.provider.discoveries == 0

    known = ProviderHttp(AddressPolicy(vault.settings.private_providers), timeout_s=2)
    assert (await known.get(url)).status == 200
    await known.close()


class Document(httpx.AsyncBaseTransport):
    """The discovery document of an issuer on the internet, which no test can reach."""

    def __init__(self, **members: str) -> None:
        self._members = {"issuer": "https://idp.example", **members}

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self._members)


@pytest.mark.case("V24")
@pytest.mark.parametrize("member", ["token_endpoint", "authorization_endpoint", "revocation_endpoint"])
@pytest.mark.parametrize(
    ("where", "believed"),
    [("http://127.0.0.1:8700/x", False), ("https://169.254.169.254/x", False), ("https://login.idp.example/x", True)],
)
async def test_an_issuer_of_the_internet_names_no_endpoint_on_this_machine(
    tmp_path: Path, member: str, where: str, *, believed: bool
) -> None:
    places = AddressPolicy(frozenset({"127.0.0.1:8700"}))
    http = ProviderHttp(places, timeout_s=2)
    http._clients["https"] = httpx.AsyncClient(
        transport=Document(**{"token_endpoint": "https://idp.example/t", member: where})
    )
    database = open_database(tmp_path / "vault.sqlite")
    discovery = Discovery(http, places, EndpointPins(database))
    request = provider_request("https://idp.example", "other")["oauth2ProviderConfigInput"][
        "customOauth2ProviderConfig"
    ]
    provider = OAuth2Provider("other", request["oauthDiscovery"], "other", SecretStr(CANARY_CLIENT_SECRET), None, None)

    if believed:
        assert where in vars(await discovery.endpoints(provider)).values()
    else:
        with pytest.raises(ProviderUnavailable):
            await discovery.endpoints(provider)
    await http.close()
    database.close()


@pytest.mark.case("V23")
async def test_a_secret_does_not_follow_its_issuer_to_another_host_until_the_operator_says_so(tmp_path: Path) -> None:
    database = open_database(tmp_path / "vault.sqlite")
    pins = EndpointPins(database)
    discovery = {"discoveryUrl": "https://idp.example/.well-known/openid-configuration"}
    provider = OAuth2Provider("other", discovery, "other", SecretStr(CANARY_CLIENT_SECRET), None, None)
    pins.check(provider, "https://idp.example/token")

    pins.check(provider, "https://idp.example/token/v2")  # the same host
    for elsewhere in ("https://evil.example/token", "https://idp.example:8443/token", "http://idp.example/token"):
        with pytest.raises(ProviderUnavailable):
            EndpointPins(database).check(provider, elsewhere)
    pins.check(replace(provider, version=2), "https://login.example/token")
    database.close()


@pytest.mark.case("V23")
def test_a_discovery_document_that_moves_the_token_endpoint_gets_no_secret(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    database = sqlite3.connect(vault.settings.database_path, isolation_level=None)
    database.execute("INSERT INTO endpoint_pin VALUES ('coach-exchange', 1, 'https://idp.example')")
    user_token = vault.provider.user_token()

    with pytest.raises(ClientError) as error:
        on_behalf(vault, user_token)
    assert error.value.response["Error"]["Code"] == "InternalServerException"
    assert vault.provider.seen == []
    vault.control().update_oauth2_credential_provider(**provider_request(vault.provider.url, "coach-exchange"))
    vault.clock.ahead_s = 2.1
    assert on_behalf(vault, user_token)
    database.close()
