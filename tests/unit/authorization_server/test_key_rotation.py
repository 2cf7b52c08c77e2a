"""New signing keys without a failed call, and old ones that go when their last token is over (N54)."""

import json
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from identity.authorization_server.key_rotation import CLOCK_LEEWAY_S, PUBLISHED_BEFORE_S
from identity.authorization_server.keys import SigningKey, generate, load_or_create_keys, replace_keys
from tests.support.authorization_server import (
    ISSUER,
    POOL_URL,
    RunningAuthorizationServer,
    claims_of,
    header_of,
    running_authorization_server,
)

SECRET = "what-only-the-operator-knows"
OPERATOR = {"authorization": f"Bearer {SECRET}"}
LIFE_S = 900


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    async with running_authorization_server(tmp_path, operator_secret=SECRET) as running:
        yield running


async def published(server: RunningAuthorizationServer) -> set[str]:
    answer = await server.http.get(f"{ISSUER}/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=60"
    keys = answer.json()["keys"]
    assert all(key.keys() == {"kty", "n", "e", "use", "alg", "kid"} for key in keys)
    return {key["kid"] for key in keys}


async def signer(server: RunningAuthorizationServer) -> str:
    kid: str = header_of((await server.client_token("coach-exchange")).json()["access_token"])["kid"]
    return kid


async def rotate(server: RunningAuthorizationServer, **body: bool) -> None:
    answer = await server.http.post(f"{POOL_URL}/admin/keys/rotate", headers=OPERATOR, json=body)
    assert answer.status_code == 200, answer.text
    assert {key["purpose"] for key in answer.json()["keys"]} == {"access", "id"}
    assert "d" not in answer.text.split('"')


@pytest.mark.case("N54")
async def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_last_token_is_over(
    server: RunningAuthorizationServer,
) -> None:
    old = await published(server)
    old_signer = await signer(server)
    await rotate(server)
    both = await published(server)
    assert old < both
    assert len(both) == 4
    assert await signer(server) == old_signer
    server.clock.advance(PUBLISHED_BEFORE_S - 5)
    last = await server.sign_in()
    assert header_of(last["access_token"])["kid"] == old_signer
    server.clock.advance(10)
    assert await signer(server) in both - old
    assert old < await published(server)
    # Tokens of the old key still work until their own end, and not a moment longer.
    server.clock.advance(LIFE_S - 30)
    exchanged = await server.exchange("coach-exchange", last["access_token"], audience="mcp-activities")
    assert exchanged.status_code == 200, exchanged.text
    server.clock.advance(CLOCK_LEEWAY_S + 60)
    assert await published(server) == both - old


@pytest.mark.case("N54")
async def test_keys_that_somebody_else_may_have_go_at_once_with_all_their_tokens(
    server: RunningAuthorizationServer,
) -> None:
    tokens = await server.sign_in()
    old = await published(server)
    await rotate(server, compromised=True)
    assert old.isdisjoint(await published(server))
    refused = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
    assert refused.json()["error"] == "invalid_request"
    again = (await server.refresh(tokens["refresh_token"])).json()["access_token"]
    assert (await server.exchange("coach-exchange", again, audience="mcp-activities")).status_code == 200


@pytest.mark.case("N54")
async def test_a_wish_that_is_sent_in_chunks_is_heard(server: RunningAuthorizationServer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"compromised": '
        yield b"true}"

    old = await published(server)
    headers = {**OPERATOR, "content-type": "application/json"}
    answer = await server.http.post(f"{POOL_URL}/admin/keys/rotate", headers=headers, content=chunks())
    assert answer.status_code == 200
    assert old.isdisjoint(await published(server))


@pytest.mark.case("N54")
async def test_keys_are_replaced_by_themselves_when_they_are_old(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, signing_key_age_s=3600) as running:
        old = await published(running)
        running.clock.advance(3590)
        assert await published(running) == old
        running.clock.advance(20)
        assert old < await published(running)
        running.clock.advance(PUBLISHED_BEFORE_S + LIFE_S + CLOCK_LEEWAY_S + 1)
        assert old.isdisjoint(await published(running))


async def test_two_rotations_in_a_row_leave_one_new_key_that_never_signed_out(
    server: RunningAuthorizationServer,
) -> None:
    old = await published(server)
    await rotate(server)
    await rotate(server)
    assert len(await published(server)) == 4
    assert old < await published(server)


async def test_rotated_keys_are_in_the_file_for_the_next_start(server: RunningAuthorizationServer) -> None:
    await rotate(server)
    file = server.settings.keys_folder / "coach.jwks"
    stored = load_or_create_keys(server.settings.keys_folder, "coach")
    assert {key.key.kid for key in stored} == await published(server)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["coach.jwks"]


def test_a_key_file_of_before_rotation_is_read(tmp_path: Path) -> None:
    load_or_create_keys(tmp_path / "keys", "coach")
    file = tmp_path / "keys" / "coach.jwks"
    document = json.loads(file.read_text("utf-8"))
    for key in document["keys"]:
        del key["coach_signs_from"], key["coach_leaves_at"]
    file.write_text(json.dumps(document), "utf-8")
    assert all(key.signs_from > 0 and key.leaves_at is None for key in load_or_create_keys(tmp_path / "keys", "coach"))


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    before = load_or_create_keys(folder, "coach")

    class _DiskFull(Exception):
        pass

    def keys() -> Iterator[SigningKey]:
        yield generate("access")
        raise _DiskFull

    with pytest.raises(_DiskFull):
        replace_keys(folder, "coach", keys())
    assert [key.key.kid for key in load_or_create_keys(folder, "coach")] == [key.key.kid for key in before]
    assert [path.name for path in folder.iterdir()] == ["coach.jwks"]


async def test_groups_of_a_person_stand_in_both_tokens_and_go_with_the_exchange(tmp_path: Path) -> None:
    from tests.support.authorization_server import pool_config  # noqa: PLC0415 - next to its one use

    pool = pool_config()
    maya = pool.users[0].model_copy(update={"groups": ("trainers", "athletes")})
    async with running_authorization_server(tmp_path, pools=(pool.model_copy(update={"users": (maya,)}),)) as running:
        tokens = await running.sign_in()
        exchanged = await running.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
        own = await running.client_token("coach-exchange")
    groups = ["athletes", "trainers"]
    assert claims_of(tokens["access_token"])["cognito:groups"] == groups
    assert claims_of(tokens["id_token"])["cognito:groups"] == groups
    assert claims_of(exchanged.json()["access_token"])["cognito:groups"] == groups
    assert "cognito:groups" not in claims_of(own.json()["access_token"])
