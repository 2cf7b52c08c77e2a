"""Requests against every constraint of AWS's models, most of which botocore leaves to the service."""

from typing import Any

import pytest

from identity.vault.errors import OperationUnknown, RequestInvalid
from identity.vault.wire import IdentityOperations, parse_request

OPERATIONS = IdentityOperations.read()


def parse(path: str, body: bytes) -> dict[str, Any]:
    return parse_request(OPERATIONS.find("POST", f"/identities/{path}"), body)


def test_every_identity_operation_of_both_planes_is_known() -> None:
    names = {operation.name for operation in OPERATIONS.by_path.values() if not operation.name.startswith("local:")}

    assert len(names) == 35
    assert {"GetResourceOauth2Token", "CreateWorkloadIdentity", "GetTokenVault", "CreateConsentPortal"} <= names


@pytest.mark.parametrize(("method", "path"), [("GET", "/identities/GetWorkloadIdentity"), ("POST", "/identities/Nope")])
def test_another_method_or_path_is_no_operation(method: str, path: str) -> None:
    with pytest.raises(OperationUnknown):
        OPERATIONS.find(method, path)


def test_a_good_request_is_its_members() -> None:
    assert parse("GetWorkloadIdentity", b'{"name":"coach"}') == {"name": "coach"}


def test_null_members_are_absent_members() -> None:
    assert parse("ListWorkloadIdentities", b'{"nextToken":null}') == {}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param("GetWorkloadIdentity", b"{}", "input.name", id="required"),
        pytest.param("GetWorkloadIdentity", b'{"name":"ab"}', "name", id="too short"),
        pytest.param("GetWorkloadIdentity", b'{"name":"%s"}' % (b"x" * 256), "name", id="too long"),
        pytest.param("GetWorkloadIdentity", b'{"name":"has space"}', "name", id="pattern"),
        pytest.param("GetWorkloadIdentity", b'{"name":"line\\n"}', "name", id="pattern is the whole text"),
        pytest.param("GetWorkloadIdentity", b'{"name":1}', "name", id="type"),
        pytest.param("GetWorkloadIdentity", b'{"name":"coach","sub":"x"}', "input.sub", id="unknown member"),
        pytest.param("ListWorkloadIdentities", b'{"maxResults":21}', "maxResults", id="maximum"),
        pytest.param("ListWorkloadIdentities", b'{"maxResults":0}', "maxResults", id="minimum"),
        pytest.param("ListWorkloadIdentities", b'{"maxResults":true}', "maxResults", id="boolean for a number"),
        pytest.param(
            "oauth2/token",
            b'{"workloadIdentityToken":"w","resourceCredentialProviderName":"p","scopes":[""],"oauth2Flow":"M2M"}',
            "scopes[0]",
            id="list member",
        ),
        pytest.param(
            "oauth2/token",
            b'{"workloadIdentityToken":"w","resourceCredentialProviderName":"p","scopes":[],"oauth2Flow":"X"}',
            "oauth2Flow",
            id="enumeration",
        ),
    ],
)
def test_a_member_that_does_not_fit_is_named(path: str, body: bytes, field: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        parse(path, body)

    assert [name for name, _ in refused.value.fields] == [field]
    assert refused.value.reason == "FieldValidationFailed"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"name":"coach","name":"front"}', b"\xff", b'{"maxResults":NaN}'])
def test_a_body_that_is_not_one_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(RequestInvalid) as refused:
        parse("GetWorkloadIdentity", body)

    assert refused.value.reason == "CannotParse"


@pytest.mark.case("V13")
def test_a_refused_value_is_not_repeated() -> None:
    with pytest.raises(RequestInvalid) as refused:
        parse("GetWorkloadAccessTokenForJWT", b'{"workloadName":"coach","userToken":"{canary}"}')

    assert "canary" not in str(refused.value.body())
