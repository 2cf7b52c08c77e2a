"""How often one may fail (A19): waits that grow, end, are told, survive a restart and touch nobody else."""

from pathlib import Path

import httpx
import pytest

from identity.authorization_server.database import open_database
from identity.authorization_server.errors import Throttled
from identity.authorization_server.limits import SIGN_IN, Limits
from tests.support.authorization_server import (
    FakeClock,
    RunningAuthorizationServer,
    running_authorization_server,
    secret_of,
)
from tests.unit.authorization_server.test_pages import form_of, log_in


def wait_of(limits: Limits, name: str) -> int:
    with pytest.raises(Throttled) as refused:
        limits.check(SIGN_IN, name)
    return refused.value.retry_after_s


@pytest.mark.case("A19")
def test_waits_double_up_to_a_quarter_of_an_hour_and_always_end(tmp_path: Path) -> None:
    clock, connection = FakeClock(), open_database(tmp_path / "a.sqlite")
    limits = Limits(connection, "coach", clock)
    for _ in range(4):
        limits.spend(SIGN_IN, "maya")
    waits = []
    for _ in range(8):
        limits.spend(SIGN_IN, "maya")
        waits.append(wait_of(limits, "maya"))
        clock.advance(waits[-1])
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    limits.check(SIGN_IN, "maya")
    limits.check(SIGN_IN, "jonas")
    limits.count(SIGN_IN, "maya")
    limits.clear(SIGN_IN, "maya")
    limits.check(SIGN_IN, "maya")
    connection.close()


@pytest.mark.case("A19")
async def test_a_restart_forgets_no_failure_and_the_answer_says_when_to_come_back(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path) as first, first.browser() as browser:
        for number in range(5):
            await log_in(browser, first.authorization_request(), f"guess {number}")
    async with running_authorization_server(tmp_path) as second, second.browser() as browser:
        throttled = await log_in(browser, second.authorization_request())
        assert throttled.status_code == 429
        assert 0 < int(throttled.headers["retry-after"]) <= 30
        second.clock.advance(int(throttled.headers["retry-after"]))
        assert (await log_in(browser, second.authorization_request())).status_code == 303


async def guess(browser: httpx.AsyncClient, server: RunningAuthorizationServer, name: str) -> httpx.Response:
    action, token = form_of(await browser.get(server.authorization_request().url))
    return await browser.post(action, data={"form_token": token, "username": name, "password": "guess"})


@pytest.mark.case("A19")
async def test_a_name_that_nobody_has_is_throttled_like_one_that_somebody_has(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path) as server, server.browser() as browser:
        nobody = [(await guess(browser, server, "nobody-here")).status_code for _ in range(6)]
        maya = [(await guess(browser, server, "maya")).status_code for _ in range(6)]
        other = await guess(browser, server, "jonas")
    assert nobody == maya == [401] * 5 + [429]
    assert other.status_code == 401
    assert b"nobody-here" not in server.settings.database.read_bytes()


@pytest.mark.case("K21")
@pytest.mark.case("A19")
async def test_unknown_clients_and_wrong_secrets_get_one_answer_and_who_knows_the_secret_gets_a_token(
    tmp_path: Path,
) -> None:
    def form(client_id: str, secret: str) -> dict[str, str]:
        return {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}

    async with running_authorization_server(tmp_path) as server:
        unknown = [await server.token(**form("nobody-here", "wrong")) for _ in range(25)]
        wrong = [await server.token(**form("coach-exchange", "wrong")) for _ in range(25)]
        right = await server.token(**form("coach-exchange", secret_of("coach-exchange")))
        other = await server.token(**form("mcp-activities-exchange", "wrong"))
    assert [answer.status_code for answer in unknown] == [401] * 20 + [429] * 5
    assert [(a.status_code, a.content) for a in unknown] == [(a.status_code, a.content) for a in wrong]
    assert unknown[0].headers["www-authenticate"] == wrong[0].headers["www-authenticate"]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in wrong[20:])
    assert right.status_code == 200
    assert other.status_code == 401
