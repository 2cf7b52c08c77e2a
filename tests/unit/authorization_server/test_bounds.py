"""What anybody may cause without signing in stays small, and what is odd is refused and no server error."""

import re
import sqlite3
from pathlib import Path

import httpx
import pytest

from identity.authorization_server.browser_sessions import ANONYMOUS_LIFETIME_S, MOST_ANONYMOUS, BrowserSessions
from identity.authorization_server.database import open_database
from identity.authorization_server.local_sign_in import MOST_NONCES
from identity.authorization_server.sign_in import SignIn
from identity.authorization_server.users import User, Users
from tests.support.authorization_server import (
    BASE_URL,
    MAYA,
    MAYA_PASSWORD,
    POOL_URL,
    AuthorizationRequest,
    RunningAuthorizationServer,
    answer_of,
    pool_config,
)

NOW = 1_700_000_000.0


def sessions(tmp_path: Path) -> tuple[BrowserSessions, sqlite3.Connection, SignIn]:
    connection = open_database(tmp_path / "bounds.sqlite")
    users = Users(connection, "coach")
    users.provision(pool_config().users, frozenset())
    maya = users.by_username("maya")
    assert isinstance(maya, User)
    return BrowserSessions(connection, "coach", users, 28_800), connection, SignIn(maya, int(NOW), ("pwd",))


def rows(connection: sqlite3.Connection, table: str) -> int:
    count: int = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608  # our own names
    return count


def test_sessions_without_a_sign_in_are_few_and_the_oldest_give_way(tmp_path: Path) -> None:
    store, connection, maya = sessions(tmp_path)
    signed_in = store.start(NOW, maya)
    first = store.start(NOW)
    for _ in range(MOST_ANONYMOUS - 1):
        store.start(NOW)
    assert store.find(first.id, NOW) is not None
    newest = store.start(NOW)
    assert store.find(first.id, NOW) is None
    assert store.find(newest.id, NOW) is not None
    assert store.find(signed_in.id, NOW) is not None
    assert rows(connection, "browser_sessions") == MOST_ANONYMOUS + 1
    connection.close()


def test_a_session_without_a_sign_in_is_short_and_is_deleted(tmp_path: Path) -> None:
    store, connection, maya = sessions(tmp_path)
    anonymous, signed_in = store.start(NOW), store.start(NOW, maya)
    later = NOW + ANONYMOUS_LIFETIME_S + 1
    assert store.find(anonymous.id, later) is None
    assert store.find(signed_in.id, later) is not None
    store.start(later)
    assert rows(connection, "browser_sessions") == 2
    connection.close()


async def test_sign_in_nonces_are_bounded_and_deleted(server: RunningAuthorizationServer) -> None:
    await server.sign_in()
    connection = open_database(server.settings.database)
    in_a_minute = int(server.clock()) + 60
    connection.executemany(
        "INSERT INTO sign_in_nonces (nonce_hash, pool, client_id, expires_at) VALUES (?, 'coach', 'terminal', ?)",
        [(f"hash-{number}", in_a_minute) for number in range(MOST_NONCES)],
    )
    answer = await server.http.post(f"{POOL_URL}/oauth2/sign-in-nonce", data={"client_id": "terminal"})
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    server.clock.advance(121)
    await server.sign_in()
    assert rows(connection, "sign_in_nonces") == 0
    assert rows(connection, "used_assertions") == 1
    connection.close()


@pytest.mark.parametrize("max_age", ["9" * 5_000, "-1", "1.5", "soon", "\u0663", "1 "])
async def test_a_max_age_that_is_no_number_of_seconds_is_refused(
    server: RunningAuthorizationServer, max_age: str
) -> None:
    async with server.browser() as browser:
        request = server.authorization_request(max_age=max_age)
        await _sign_in(browser, server)
        answer = await browser.get(request.url)
    assert answer.status_code == 303
    assert answer_of(answer)["error"] == "invalid_request"
    assert answer_of(answer)["iss"] == server.issuer


async def test_max_age_asks_whoever_signed_in_long_ago(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        await _sign_in(browser, server)
        server.clock.advance(30)
        old = await browser.get(server.authorization_request(max_age="10").url)
        fresh = await browser.get(server.authorization_request(max_age="100").url)
    assert "Password" in old.text
    assert "Password" not in fresh.text


async def test_max_age_zero_asks_once(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request(max_age="0")
    async with server.browser() as browser:
        answer = await _log_in(browser, request)
        page = await browser.get(answer.headers["location"])
    assert "Allow" in page.text


async def _sign_in(browser: httpx.AsyncClient, server: RunningAuthorizationServer) -> None:
    assert (await _log_in(browser, server.authorization_request())).status_code == 303


async def _log_in(browser: httpx.AsyncClient, request: AuthorizationRequest) -> httpx.Response:
    page = (await browser.get(request.url)).text
    action, token = re.search(r'action="([^"]+)"', page), re.search(r'name="form_token" value="([^"]+)"', page)
    assert action is not None
    assert token is not None
    form = {"form_token": token[1], "username": MAYA, "password": MAYA_PASSWORD}
    return await browser.post(BASE_URL + action[1].replace("&amp;", "&"), data=form)
