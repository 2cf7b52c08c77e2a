"""A copied request does nothing a second time (S02); clients that send again do not notice."""

import httpx
import pytest

from identity.vault.replays import MOMENT_S
from tests.support.vault import RunningVault

UPDATE = "/identities/UpdateWorkloadIdentity"
READS = ["/identities/GetWorkloadIdentity", "/identities/ListWorkloadIdentities", "/local/audit/verify"]


@pytest.mark.case("S02")
@pytest.mark.parametrize(
    ("path", "members"),
    [
        (UPDATE, {"name": "coach"}),
        ("/identities/GetWorkloadAccessToken", {"workloadName": "coach"}),
        ("/local/keys/rotate", {}),
    ],
)
def test_what_changes_or_gives_out_something_is_done_once(
    vault: RunningVault, path: str, members: dict[str, str]
) -> None:
    body, headers = vault.signed(path, **members)

    first = httpx.post(f"{vault.url}{path}", content=body, headers=headers)
    vault.clock.ahead_s = MOMENT_S + 1
    again = httpx.post(f"{vault.url}{path}", content=body, headers=headers)
    assert first.status_code == 200
    assert (again.status_code, again.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    assert vault.local(path, **members).status_code == 200


@pytest.mark.case("S02")
@pytest.mark.parametrize("path", READS)
def test_a_read_may_be_repeated_within_the_window(vault: RunningVault, path: str) -> None:
    members = {"name": "coach"} if path.endswith("Identity") else {}
    body, headers = vault.signed(path, **members)

    for ahead_s in (0, MOMENT_S + 1, 290):
        vault.clock.ahead_s = ahead_s
        assert httpx.post(f"{vault.url}{path}", content=body, headers=headers).status_code == 200


@pytest.mark.case("S01")
@pytest.mark.case("S02")
@pytest.mark.parametrize("path", [UPDATE, "/identities/GetWorkloadIdentity"])
def test_outside_the_window_nothing_is_repeated(vault: RunningVault, path: str) -> None:
    body, headers = vault.signed(path, name="coach")
    assert httpx.post(f"{vault.url}{path}", content=body, headers=headers).status_code == 200
    vault.clock.ahead_s = 301

    late = httpx.post(f"{vault.url}{path}", content=body, headers=headers)
    assert (late.status_code, late.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")


@pytest.mark.case("S02")
def test_a_signature_that_does_not_verify_uses_nothing_up(vault: RunningVault) -> None:
    body, headers = vault.signed(UPDATE, name="coach")

    assert httpx.post(f"{vault.url}{UPDATE}", content=body + b" ", headers=headers).status_code == 403
    vault.clock.ahead_s = MOMENT_S + 1
    assert httpx.post(f"{vault.url}{UPDATE}", content=body, headers=headers).status_code == 200


@pytest.mark.case("S02")
def test_equal_calls_of_boto3_within_a_second_are_all_answered(vault: RunningVault) -> None:
    """Why there is a moment at all: botocore gives them one signature."""
    client = vault.client("operator")
    sent: list[str] = []
    client.meta.events.register("before-send.*", record := lambda request, **_: sent.append(_text(request.headers)))
    for _ in range(30):
        client.get_workload_access_token(workloadName="coach")
    client.meta.events.unregister("before-send.*", record)

    assert len(set(sent)) < len(sent) == 30


def _text(headers: dict[str, bytes | str]) -> str:
    value = headers["Authorization"]
    return value.decode() if isinstance(value, bytes) else value
