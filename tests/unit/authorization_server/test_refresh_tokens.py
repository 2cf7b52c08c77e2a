"""Refreshing and revoking (security cases K)."""

import asyncio

import pytest

from tests.support.authorization_server import (
    ACTIVITIES_URL,
    ALL_SCOPES,
    POOL_URL,
    RunningAuthorizationServer,
    claims_of,
    secret_of,
)

REVOKE_URL = f"{POOL_URL}/oauth2/revoke"


async def test_a_refresh_token_brings_a_new_pair(server: RunningAuthorizationServer) -> None:
    first = await server.sign_in()
    server.clock.advance(10)
    second = (await server.refresh(first["refresh_token"])).json()
    old, new = claims_of(first["access_token"]), claims_of(second["access_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert new["jti"] != old["jti"]
    assert new["origin_jti"] == old["origin_jti"]
    assert new["auth_time"] == old["auth_time"]
    assert new["aud"] == "coach"
    assert second["scope"] == ALL_SCOPES


@pytest.mark.case("K10")
async def test_another_client_cannot_use_a_refresh_token_nor_spoil_it(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    stolen = await server.refresh(tokens["refresh_token"], client_id="foreign")
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await server.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.case("K11")
async def test_reuse_after_rotation_ends_the_whole_family(server: RunningAuthorizationServer) -> None:
    first = await server.sign_in()
    second = (await server.refresh(first["refresh_token"])).json()

    reused = await server.refresh(first["refresh_token"])

    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert (await server.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    exchanged = await server.exchange("coach-exchange", second["access_token"], audience="mcp-activities")
    assert exchanged.json()["error"] == "invalid_request"


@pytest.mark.case("K11")
async def test_rotation_goes_on_as_long_as_nobody_repeats_a_token(server: RunningAuthorizationServer) -> None:
    token = (await server.sign_in())["refresh_token"]
    for _ in range(4):
        answer = await server.refresh(token)
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]


@pytest.mark.case("K11")
async def test_reuse_in_one_session_does_not_touch_another(server: RunningAuthorizationServer) -> None:
    one, other = await server.sign_in(), await server.sign_in()
    await server.refresh(one["refresh_token"])
    await server.refresh(one["refresh_token"])
    assert (await server.refresh(other["refresh_token"])).status_code == 200


@pytest.mark.case("K12")
async def test_of_concurrent_refreshes_one_wins_and_the_others_count_as_theft(
    server: RunningAuthorizationServer,
) -> None:
    """There is no grace period (docs/decisions/0005): whoever shares a refresh token has to take turns."""
    token = (await server.sign_in())["refresh_token"]
    answers = await asyncio.gather(*(server.refresh(token) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await server.refresh(winner["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.case("K12")
async def test_whoever_takes_turns_refreshes_for_ever(server: RunningAuthorizationServer) -> None:
    token, lock = (await server.sign_in())["refresh_token"], asyncio.Lock()
    held = [token]

    async def refresh() -> int:
        async with lock:
            answer = await server.refresh(held[-1])
            held.append(answer.json()["refresh_token"])
            return answer.status_code

    assert await asyncio.gather(*(refresh() for _ in range(6))) == [200] * 6
    assert len(set(held)) == 7


@pytest.mark.case("K13")
async def test_a_refresh_may_narrow_the_scope_but_not_widen_it(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in(scope="coach/invoke activities/read")
    wider = await server.refresh(tokens["refresh_token"], scope="coach/invoke activities/write")
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    narrower = await server.refresh(tokens["refresh_token"], scope="activities/read")
    assert narrower.json()["scope"] == "activities/read"
    back = await server.refresh(narrower.json()["refresh_token"])
    assert back.json()["scope"] == "coach/invoke activities/read"


@pytest.mark.case("K13")
@pytest.mark.parametrize("target", [{"audience": "mcp-activities"}, {"resource": ACTIVITIES_URL}])
async def test_a_refresh_cannot_ask_for_another_target(
    server: RunningAuthorizationServer, target: dict[str, str]
) -> None:
    tokens = await server.sign_in()
    answer = await server.refresh(tokens["refresh_token"], **target)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    same = await server.refresh(tokens["refresh_token"], audience="coach")
    assert same.status_code == 200


async def test_a_refresh_token_ends_with_its_authorization_however_often_it_was_rotated(
    server: RunningAuthorizationServer,
) -> None:
    tokens = await server.sign_in()
    server.clock.advance(2_592_000 - 60)
    rotated = await server.refresh(tokens["refresh_token"])
    assert rotated.status_code == 200
    server.clock.advance(120)
    assert (await server.refresh(rotated.json()["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.case("K20")
@pytest.mark.parametrize("which", ["refresh_token", "access_token"])
async def test_revoking_a_token_ends_its_family(server: RunningAuthorizationServer, which: str) -> None:
    tokens = await server.sign_in()
    answer = await server.http.post(REVOKE_URL, data={"client_id": "terminal", "token": tokens[which]})
    assert answer.status_code == 200
    assert (await server.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    exchanged = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
    assert exchanged.json()["error"] == "invalid_request"


@pytest.mark.case("K20")
@pytest.mark.parametrize("which", ["refresh_token", "access_token"])
async def test_revoking_another_clients_token_changes_nothing(server: RunningAuthorizationServer, which: str) -> None:
    tokens = await server.sign_in()
    answer = await server.http.post(REVOKE_URL, data={"client_id": "foreign", "token": tokens[which]})
    assert answer.status_code == 200
    assert (await server.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.case("K20")
async def test_a_workload_cannot_end_the_session_that_its_token_descends_from(
    server: RunningAuthorizationServer,
) -> None:
    tokens = await server.sign_in()
    exchanged = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
    form = {"token": exchanged.json()["access_token"]}
    auth = ("coach-exchange", secret_of("coach-exchange"))
    assert (await server.http.post(REVOKE_URL, data=form, auth=auth)).status_code == 200
    assert (await server.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.case("K20")
async def test_revocation_demands_the_client(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    form = {"client_id": "coach-exchange", "token": tokens["refresh_token"]}
    anonymous = await server.http.post(REVOKE_URL, data={"token": tokens["refresh_token"]})
    unproven = await server.http.post(REVOKE_URL, data=form)
    assert (anonymous.status_code, unproven.status_code) == (401, 401)
    assert (await server.refresh(tokens["refresh_token"])).status_code == 200
