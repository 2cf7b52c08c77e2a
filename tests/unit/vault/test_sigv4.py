"""SigV4 verification, held to botocore's own signer."""

import dataclasses
import time
from collections.abc import Callable

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from identity.vault.errors import HostRefused, KeyUnknown, NotSigned, SignatureRefused
from identity.vault.policy import AccessKey, VaultPolicy
from identity.vault.sigv4 import SignatureVerifier, SignedRequest, canonical_request

KEY_ID, SECRET, HOST = "LOCALCOACH0000000000", "a-secret-of-the-coach", "127.0.0.1:8702"
KEY = AccessKey(access_key_id=KEY_ID, secret_access_key=SECRET, principal="coach")
VERIFIER = SignatureVerifier(VaultPolicy(keys=(KEY,)), region="us-east-1", hosts={HOST})


def signed(  # noqa: PLR0917  every part of a request can be the odd one
    body: bytes = b'{"name":"coach"}',
    query: str = "",
    headers: dict[str, str] | None = None,
    service: str = "bedrock-agentcore",
    region: str = "us-east-1",
    credentials: Credentials | None = None,
) -> SignedRequest:
    """A request as botocore signs it."""
    url = f"http://{HOST}/identities/GetWorkloadIdentity" + (f"?{query}" if query else "")
    request = AWSRequest("POST", url, headers={"Host": HOST, **(headers or {})}, data=body)
    SigV4Auth(credentials or Credentials(KEY_ID, SECRET), service, region).add_auth(request)
    lowered = tuple((name.lower(), value) for name, value in request.headers.items())
    return SignedRequest("POST", "/identities/GetWorkloadIdentity", query, lowered, body)


def verify(request: SignedRequest, *, seconds_later: float = 0.0) -> AccessKey:
    return VERIFIER.verify(request, now_s=time.time() + seconds_later)


def replaced(request: SignedRequest, name: str, value: str | None) -> SignedRequest:
    kept = tuple(header for header in request.headers if header[0] != name)
    added = ((name, value),) if value is not None else ()
    return dataclasses.replace(request, headers=kept + added)


def test_what_botocore_signs_verifies() -> None:
    assert verify(signed()).principal == "coach"


def test_query_and_inner_white_space_of_headers_are_canonical() -> None:
    request = signed(query="b=2&a=1&a=0", headers={"X-Amz-Custom": "  two   spaces "})

    assert verify(request).principal == "coach"
    assert "a=0&a=1&b=2\n" in canonical_request(request, ["host"], "")


def test_the_documented_example_of_a_canonical_request() -> None:
    # AWS, "Signature Version 4 signing process", GET IAM ListUsers.
    request = SignedRequest(
        "GET",
        "/",
        "Action=ListUsers&Version=2010-05-08",
        (
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ),
        b"",
    )
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    assert canonical_request(request, ["content-type", "host", "x-amz-date"], empty) == (
        "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
        "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
        "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n" + empty
    )


@pytest.mark.case("S01")
@pytest.mark.case("S02")
@pytest.mark.parametrize("seconds_later", [301.0, -302.0])
def test_a_request_signed_more_than_five_minutes_away_is_refused(seconds_later: float) -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(), seconds_later=seconds_later)


def test_a_request_signed_within_five_minutes_verifies() -> None:
    assert verify(signed(), seconds_later=290.0).principal == "coach"


@pytest.mark.case("S03")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda r: dataclasses.replace(r, body=b'{"name":"front"}'), id="body"),
        pytest.param(lambda r: dataclasses.replace(r, query="a=1"), id="query added"),
        pytest.param(lambda r: dataclasses.replace(r, path="/identities/DeleteWorkloadIdentity"), id="path"),
        pytest.param(lambda r: dataclasses.replace(r, method="PUT"), id="method"),
        pytest.param(lambda r: replaced(r, "x-amz-custom", "other"), id="signed header"),
        pytest.param(lambda r: replaced(r, "x-amz-custom", None), id="signed header removed"),
        pytest.param(lambda r: replaced(r, "x-amz-added", "1"), id="unsigned X-Amz header added"),
        pytest.param(
            lambda r: dataclasses.replace(r, headers=(*r.headers, ("x-amz-custom", "two"))), id="signed header twice"
        ),
    ],
)
def test_a_request_changed_after_signing_is_refused(change: Callable[[SignedRequest], SignedRequest]) -> None:
    request = signed(headers={"X-Amz-Custom": "one"})
    assert verify(request).principal == "coach"

    with pytest.raises(SignatureRefused):
        verify(change(request))


@pytest.mark.case("S03")
def test_a_host_that_is_not_signed_is_refused() -> None:
    request = signed()
    authorization = request.values("authorization")[0]
    assert "SignedHeaders=host;x-amz-date" in authorization
    unsigned = authorization.replace("SignedHeaders=host;x-amz-date", "SignedHeaders=x-amz-date")

    with pytest.raises(SignatureRefused, match="Host"):
        verify(replaced(request, "authorization", unsigned))


@pytest.mark.case("S04")
@pytest.mark.parametrize("value", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64])
def test_a_payload_that_is_not_signed_is_refused(value: str) -> None:
    # botocore takes this header into the signature instead of the digest: the signature itself is good.
    with pytest.raises(SignatureRefused, match="payload"):
        verify(signed(headers={"X-Amz-Content-SHA256": value}))


@pytest.mark.case("S05")
@pytest.mark.parametrize(("service", "region"), [("bedrock", "us-east-1"), ("bedrock-agentcore", "eu-central-1")])
def test_a_credential_for_another_service_or_region_is_refused(service: str, region: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(service=service, region=region))


@pytest.mark.case("S05")
@pytest.mark.parametrize("part", ["us-east-1", "bedrock-agentcore"])
def test_a_credential_scope_that_was_not_signed_is_refused(part: str) -> None:
    """The signature itself is for our scope; what the header claims must be it."""
    request = signed()
    claimed = request.values("authorization")[0].replace(f"/{part}/", "/elsewhere/")

    with pytest.raises(SignatureRefused, match="scoped"):
        verify(replaced(request, "authorization", claimed))


def test_a_wrong_secret_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(credentials=Credentials(KEY_ID, "another-secret")))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyUnknown):
        verify(signed(credentials=Credentials("LOCALNOBODY00000000", SECRET)))


def test_a_session_token_is_refused_even_with_a_known_key() -> None:
    with pytest.raises(KeyUnknown):
        verify(signed(credentials=Credentials(KEY_ID, SECRET, "temporary")))


@pytest.mark.case("I05")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8799", "127.0.0.1", None])
def test_another_host_is_refused_before_the_signature_is_looked_at(host: str | None) -> None:
    with pytest.raises(HostRefused):
        verify(replaced(signed(), "host", host))


@pytest.mark.parametrize("authorization", [None, "Bearer abc", "AWS4-HMAC-SHA256 Credential=x", ""])
def test_a_request_without_a_signature_is_refused(authorization: str | None) -> None:
    with pytest.raises(NotSigned):
        verify(replaced(signed(), "authorization", authorization))
