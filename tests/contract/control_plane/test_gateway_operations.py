"""Unmodified boto3 reads what the configuration declares of gateway and policies, and changes nothing of it."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from gateway_config.documents import FOLDER
from tests.support import agentcore_coverage
from tests.support.access_keys import access_key_id
from tests.support.aws_shapes import GATEWAY_OPERATIONS, fits
from tests.support.control_plane import KEYS, RunningControlPlane, running_control_plane

Call = Callable[[RunningControlPlane, Any], Any]
GATEWAY = {"gatewayIdentifier": "coach-0123456789"}
ENGINE = {"policyEngineId": "coach_tools-0123456789"}
READS: dict[str, Call] = {
    "GetGateway": lambda _, client: client.get_gateway(**GATEWAY),
    "ListGateways": lambda _, client: client.list_gateways(),
    "GetGatewayTarget": lambda plane, client: client.get_gateway_target(
        **GATEWAY, targetId=target_ids(plane.client())["routes"]
    ),
    "ListGatewayTargets": lambda _, client: client.list_gateway_targets(**GATEWAY),
    "GetPolicyEngine": lambda _, client: client.get_policy_engine(**ENGINE),
    "ListPolicyEngines": lambda _, client: client.list_policy_engines(),
    "GetPolicy": lambda plane, client: client.get_policy(**ENGINE, policyId=policy_ids(plane.client())["support_help"]),
    "ListPolicies": lambda _, client: client.list_policies(**ENGINE),
}
CREATES: dict[str, Call] = {
    "CreateGateway": lambda plane, client: client.create_gateway(**plane.requests.gateway),
    "CreateGatewayTarget": lambda plane, client: client.create_gateway_target(**GATEWAY, **plane.requests.targets[0]),
    "CreatePolicyEngine": lambda plane, client: client.create_policy_engine(**plane.requests.policy_engine),
    "CreatePolicy": lambda plane, client: client.create_policy(
        **plane.policies()[0].create_request(ENGINE["policyEngineId"])
    ),
}


def target_ids(client: Any) -> dict[str, str]:
    return {one["name"]: one["targetId"] for one in client.list_gateway_targets(**GATEWAY)["items"]}


def policy_ids(client: Any) -> dict[str, str]:
    return {one["name"]: one["policyId"] for one in client.list_policies(**ENGINE)["policies"]}


def refusal(call: Callable[[], Any]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        call()
    response = refused.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def test_every_operation_that_is_here_is_called_here() -> None:
    assert agentcore_coverage.gateway_operations() == (READS | CREATES).keys()


@pytest.mark.parametrize("name", READS)
def test_a_read_answers_in_the_shape_of_awss_model(plane: RunningControlPlane, name: str) -> None:
    answer = READS[name](plane, plane.client())

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == GATEWAY_OPERATIONS[name].http["responseCode"]
    fits(answer, name)


@pytest.mark.parametrize("name", CREATES)
def test_creating_what_is_declared_answers_with_it_as_often_as_one_likes(plane: RunningControlPlane, name: str) -> None:
    client = plane.client()
    first, second = CREATES[name](plane, client), CREATES[name](plane, client)

    assert first["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert fits(first, name) == fits(second, name)


def test_the_gateway_is_told_as_it_is_declared(plane: RunningControlPlane) -> None:
    gateway = plane.client().get_gateway(**GATEWAY)
    declared = plane.requests.gateway

    assert (gateway["name"], gateway["status"], gateway["gatewayUrl"]) == (
        "coach",
        "READY",
        plane.values["URL:gateway"],
    )
    for member in ("protocolConfiguration", "authorizerConfiguration", "policyEngineConfiguration", "roleArn"):
        assert gateway[member] == declared[member]
    assert isinstance(gateway["createdAt"], datetime)
    [listed] = plane.client().list_gateways()["items"]
    assert {name: gateway[name] for name in listed} == listed


def test_every_target_is_told_as_it_is_declared(plane: RunningControlPlane) -> None:
    client = plane.client()
    told = {
        name: client.get_gateway_target(**GATEWAY, targetId=identifier)
        for name, identifier in target_ids(client).items()
    }

    assert sorted(told) == ["activities", "routes", "socials", "support", "support-help"]
    for declared in plane.requests.targets:
        one = told[declared["name"]]
        assert one["targetConfiguration"] == declared["targetConfiguration"]
        assert one["credentialProviderConfigurations"] == declared["credentialProviderConfigurations"]
    kinds = {one["name"]: one["targetType"] for one in client.list_gateway_targets(**GATEWAY)["items"]}
    assert kinds["support-help"] == "OPEN_API_SCHEMA"
    assert kinds["routes"] == "MCP_SERVER"


def test_every_policy_is_told_with_its_statement_and_mode(plane: RunningControlPlane) -> None:
    client = plane.client()
    listed = {one["name"]: one for one in client.list_policies(**ENGINE)["policies"]}

    for policy in plane.policies():
        one = client.get_policy(**ENGINE, policyId=listed[policy.name]["policyId"])
        assert one["definition"]["cedar"]["statement"] == policy.statement
        assert one["enforcementMode"] == policy.mode
        assert one["policyArn"].startswith(f"{plane.values['POLICY_ENGINE_ARN']}/policy/{policy.name}-")
    assert len(listed) == len(plane.policies())


def test_policies_can_be_asked_for_by_gateway(plane: RunningControlPlane) -> None:
    client, own = plane.client(), plane.values["GATEWAY_ARN"]

    assert client.list_policies(**ENGINE, targetResourceScope=own)["policies"]
    elsewhere = own.replace("coach-0123456789", "other-0123456789")
    assert client.list_policies(**ENGINE, targetResourceScope=elsewhere)["policies"] == []


@pytest.mark.parametrize(
    ("operation", "identifiers", "members"),
    [("list_gateway_targets", GATEWAY, "items"), ("list_policies", ENGINE, "policies")],
)
def test_botocores_paginator_reads_every_page_once(
    plane: RunningControlPlane, operation: str, identifiers: dict[str, str], members: str
) -> None:
    client = plane.client()
    whole = [one["name"] for one in getattr(client, operation)(**identifiers)[members]]
    pages = list(client.get_paginator(operation).paginate(**identifiers, PaginationConfig={"PageSize": 2}))

    assert len(pages) == -(-len(whole) // 2) > 1
    assert [one["name"] for page in pages for one in page[members]] == sorted(whole)


def test_a_page_that_is_none_is_refused(plane: RunningControlPlane) -> None:
    code, status, _ = refusal(lambda: plane.client().list_gateway_targets(**GATEWAY, nextToken="%%%"))
    assert (code, status) == ("ValidationException", 400)


UNKNOWN = [
    pytest.param(lambda client: client.get_gateway(gatewayIdentifier="other-0123456789"), id="gateway"),
    pytest.param(lambda client: client.get_gateway_target(**GATEWAY, targetId="0123456789"), id="target"),
    pytest.param(
        lambda client: client.list_gateway_targets(gatewayIdentifier="other-0123456789"), id="targets-elsewhere"
    ),
    pytest.param(lambda client: client.get_policy_engine(policyEngineId="other-0123456789"), id="engine"),
    pytest.param(lambda client: client.get_policy(**ENGINE, policyId="other-0123456789"), id="policy"),
    pytest.param(lambda client: client.list_policies(policyEngineId="other-0123456789"), id="policies-elsewhere"),
]


@pytest.mark.parametrize("call", UNKNOWN)
def test_what_is_not_declared_is_not_found(plane: RunningControlPlane, call: Callable[[Any], Any]) -> None:
    client = plane.client()
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        call(client)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("create_gateway", {"description": "another"}),
        ("create_gateway_target", {"description": "another"}),
        ("create_policy_engine", {"description": "another"}),
        ("create_policy", {"enforcementMode": "LOG_ONLY"}),
    ],
)
def test_creating_something_declared_otherwise_is_a_conflict_that_names_the_file(
    plane: RunningControlPlane, name: str, change: dict[str, Any]
) -> None:
    code, status, message = refusal(lambda: getattr(plane.client(), name)(**request_of(plane, name), **change))

    assert (code, status) == ("ConflictException", 409)
    assert "gateway_config/" in message
    assert "declarative" in message


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("create_gateway", "new"),
        ("create_gateway_target", "new"),
        ("create_policy_engine", "new"),
        ("create_policy", "new"),
    ],
)
def test_creating_something_that_is_not_declared_says_where_to_declare_it(
    plane: RunningControlPlane, name: str, new: str
) -> None:
    client = plane.client()
    code, status, message = refusal(lambda: getattr(client, name)(**{**request_of(plane, name), "name": new}))

    assert (code, status) == ("ValidationException", 400)
    assert "gateway_config/" in message
    assert "declarative" in message
    assert new not in policy_ids(client)


def request_of(plane: RunningControlPlane, name: str) -> dict[str, Any]:
    """A request without what the tests change."""
    request = {
        "create_gateway": plane.requests.gateway,
        "create_gateway_target": {**GATEWAY, **plane.requests.targets[0]},
        "create_policy_engine": plane.requests.policy_engine,
        "create_policy": plane.policies()[0].create_request(ENGINE["policyEngineId"]),
    }[name]
    return {member: value for member, value in request.items() if member not in {"description", "enforcementMode"}}


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda client: client.delete_gateway(**GATEWAY), id="delete"),
        pytest.param(lambda client: client.delete_policy(**ENGINE, policyId="support_help-0123456789"), id="policy"),
        pytest.param(lambda client: client.list_gateway_rules(**GATEWAY), id="rules"),
    ],
)
def test_what_the_laptop_does_not_have_answers_501(plane: RunningControlPlane, call: Callable[[Any], Any]) -> None:
    assert refusal(lambda: call(plane.client()))[:2] == ("NotImplementedException", 501)


@pytest.mark.case("S12")
@pytest.mark.parametrize("name", [*READS, *CREATES])
def test_the_key_of_a_workload_reads_and_creates_nothing(plane: RunningControlPlane, name: str) -> None:
    call = (READS | CREATES)[name]
    call(plane, plane.client())

    assert refusal(lambda: call(plane, plane.client("gateway")))[:2] == ("AccessDeniedException", 403)


@pytest.mark.case("S12")
def test_a_stranger_is_told_nothing(plane: RunningControlPlane) -> None:
    unsigned = httpx.get(f"{plane.url}/gateways/", trust_env=False)
    wrong_key = plane.session().client(
        "bedrock-agentcore-control",
        endpoint_url=plane.url,
        aws_access_key_id=access_key_id("operator"),
        aws_secret_access_key="another",
    )

    assert unsigned.status_code == 403
    assert unsigned.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert "coach" not in unsigned.text
    assert refusal(wrong_key.list_gateways)[:2] == ("InvalidSignatureException", 403)
    assert set(KEYS) == {"operator", "gateway"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/gateways/Coach", 400), ("/gateways/?maxResults=x", 400), ("/gateways/a/b/c/d", 404), ("/gatewaysx", 404)],
)
def test_malformed_paths_and_parameters_are_refused(plane: RunningControlPlane, path: str, status: int) -> None:
    client = plane.client()

    def send(request: Any, **_: Any) -> None:
        request.url = f"{plane.url}{path}"

    client.meta.events.register("before-sign.bedrock-agentcore-control.ListGateways", send)
    with pytest.raises(ClientError) as refused:
        client.list_gateways()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_identity_operations_are_the_vaults(plane: RunningControlPlane) -> None:
    with pytest.raises(ClientError):
        plane.client().list_workload_identities()
    assert plane.vault.paths[-1] == "/identities/ListWorkloadIdentities"
    assert not [path for path in plane.vault.paths if path.startswith(("/gateways/", "/policy-engines"))]


def test_policies_are_told_as_their_files_are_now_and_a_broken_file_hides_none(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(FOLDER / "tool_policies", folder / "tool_policies")
    with running_control_plane(folder=folder) as plane:
        client = plane.client()
        before = policy_ids(client)
        (folder / "tool_policies" / "support.cedar").unlink()
        fewer = policy_ids(client)
        (folder / "tool_policies" / "routes.cedar").write_text("permit (", encoding="utf-8")
        broken = policy_ids(client)

    assert "support_help" in before
    assert "support_help" not in fewer
    assert broken == fewer
