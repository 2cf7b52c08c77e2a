"""The files of gateway_config, and what happens when one of them is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway_config.documents import FOLDER, filled
from gateway_config.errors import ConfigInvalid, ConfigUnreadable, PlaceholderUnknown
from gateway_config.model import read_config, read_hops, read_targets
from tests.support.gateway_values import TEAMS, VALUES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "gateway_config")
    return tmp_path / "gateway_config"


def change(path: Path, edit: Callable[[Any], None]) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def test_the_four_targets_carry_endpoint_provider_grant_scopes_and_audience() -> None:
    targets = {target.name: target for target in read_targets(VALUES)}
    assert set(targets) == set(TEAMS)
    assert targets["routes"].grant == "CLIENT_CREDENTIALS"
    assert {targets[team].grant for team in ("activities", "support")} == {"TOKEN_EXCHANGE"}
    assert (targets["socials"].grant, targets["socials"].provider) == ("AUTHORIZATION_CODE", "coach-federation")
    assert targets["activities"].endpoint == "https://activities.example/mcp"
    assert targets["activities"].provider == "coach-exchange"
    assert targets["activities"].audience == "mcp-activities"


def test_every_client_of_a_workload_has_a_provider_of_its_name() -> None:
    config = read_config(VALUES)
    of_workloads = {client.client_id for client in config.hops.clients if client.workload}
    assert {provider["name"] for provider in config.credential_providers} == of_workloads


def test_every_api_key_that_a_workload_sends_has_a_provider() -> None:
    config = read_config(VALUES)
    assert {provider["name"] for provider in config.api_key_providers} == set(config.hops.api_key_providers)
    assert set(config.hops.api_key_providers) == {"support-metering", "support-help-metering"}


def test_a_provider_is_at_the_issuer_of_its_clients_pool() -> None:
    config = read_config(VALUES)
    pools = {client.client_id: client.pool for client in config.hops.clients}
    for provider in config.credential_providers:
        discovery = provider["oauth2ProviderConfigInput"]["customOauth2ProviderConfig"]["oauthDiscovery"]
        issuer = VALUES[f"ISSUER:{pools[provider['name']]}"]
        assert discovery == {"discoveryUrl": f"{issuer}/.well-known/openid-configuration"}


def test_a_target_asks_only_for_scopes_of_its_server_and_its_client() -> None:
    hops = read_hops()
    for target in read_targets(VALUES):
        assert set(target.scopes) <= set(hops.resource_server(target.audience).scopes)
        server = hops.resource_server(target.audience)
        assert set(target.scopes) <= set(hops.client(target.provider, pool=server.pool).scopes)


def test_a_placeholder_without_a_value_names_itself_and_its_place() -> None:
    values = {name: value for name, value in VALUES.items() if name != "SECRET:coach-exchange"}
    with pytest.raises(PlaceholderUnknown, match=r"credential_providers.yaml.*clientSecret.*SECRET:coach-exchange"):
        read_config(values)


def test_an_edge_that_the_other_side_does_not_accept_is_refused(folder: Path) -> None:
    def forget(hops: Any) -> None:
        row = next(row for row in hops["resource_servers"] if row["name"] == "api-routes")
        row["upstream_clients"] = []

    change(folder / "hops.yaml", forget)
    with pytest.raises(ConfigInvalid, match="api-routes is asked for by mcp-routes-exchange"):
        read_hops(folder)


def test_an_accepted_client_that_never_asks_is_refused(folder: Path) -> None:
    def invent(hops: Any) -> None:
        row = next(row for row in hops["resource_servers"] if row["name"] == "api-routes")
        row["upstream_clients"].append("coach-exchange")

    change(folder / "hops.yaml", invent)
    with pytest.raises(ConfigInvalid, match="api-routes is accepted from coach-exchange"):
        read_hops(folder)


def test_a_client_that_reaches_into_another_pool_is_refused(folder: Path) -> None:
    change(folder / "hops.yaml", lambda hops: hops["clients"][0].update({"pool": "socials"}))
    with pytest.raises(ConfigInvalid, match="client terminal of pool socials cannot reach coach"):
        read_hops(folder)


def test_a_confidential_client_has_no_twin_in_another_pool(folder: Path) -> None:
    def twin(hops: Any) -> None:
        client = next(client for client in hops["clients"] if client["client_id"] == "mcp-routes-exchange")
        hops["clients"].append(client | {"pool": "socials", "edges": [], "scopes": ["openid"]})

    change(folder / "hops.yaml", twin)
    with pytest.raises(ConfigInvalid, match="client mcp-routes-exchange exists twice"):
        read_hops(folder)


def test_a_redirect_uri_is_filled_from_the_values() -> None:
    [uri] = read_hops().client("consent-return", pool="coach").redirect_uris
    assert filled(uri, VALUES) == "https://consent.example/callback"
    with pytest.raises(PlaceholderUnknown, match="URL:consent-return"):
        filled(uri, {})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("scopes", ["activities/everything"], "names scope activities/everything"),
        ("represents", ["nowhere"], "names audience nowhere"),
        ("secret", "in the file", "Extra inputs are not permitted"),
        ("grants", ["password"], "Input should be"),
    ],
)
def test_a_client_that_names_what_does_not_exist_is_refused(folder: Path, key: str, value: Any, message: str) -> None:
    change(folder / "hops.yaml", lambda hops: hops["clients"][2].update({key: value}))
    with pytest.raises(ConfigInvalid, match=message):
        read_hops(folder)


def test_a_pool_that_does_not_exist_is_named(folder: Path) -> None:
    change(folder / "hops.yaml", lambda hops: hops["pools"].pop("socials"))
    with pytest.raises(ConfigInvalid, match="resource server mcp-socials names pool socials, which does not exist"):
        read_hops(folder)


def test_a_key_that_is_sent_and_not_counted_or_counted_and_not_sent_is_refused(folder: Path) -> None:
    def count(keys: list[str]) -> Callable[[Any], None]:
        def edit(hops: Any) -> None:
            next(row for row in hops["resource_servers"] if row["name"] == "api-support")["metered_by"] = keys

        return edit

    change(folder / "hops.yaml", count(["support-metering"]))
    with pytest.raises(ConfigInvalid, match="the key of support-help-metering is sent by a workload, but"):
        read_hops(folder)
    change(folder / "hops.yaml", count(["support-metering", "support-help-metering", "another"]))
    with pytest.raises(ConfigInvalid, match="the key of another is counted by an API, but"):
        read_hops(folder)


def test_a_file_that_is_missing_or_no_yaml_is_named(folder: Path) -> None:
    (folder / "workload_identities.yaml").write_text("[unclosed", encoding="utf-8")
    with pytest.raises(ConfigUnreadable, match=r"workload_identities\.yaml"):
        read_config(VALUES, folder)
    (folder / "hops.yaml").unlink()
    with pytest.raises(ConfigUnreadable, match=r"hops\.yaml"):
        read_hops(folder)


def test_a_target_without_a_provider_is_named(folder: Path) -> None:
    change(folder / "targets" / "routes.yaml", lambda target: target.pop("credentialProviderConfigurations"))
    with pytest.raises(ConfigInvalid, match="target routes"):
        read_targets(VALUES, folder)
