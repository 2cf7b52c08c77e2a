"""Device authorizations as the store keeps them (RFC 8628), without HTTP."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError, OAuth2Error
from authlib.oauth2.rfc8628 import AuthorizationPendingError, ExpiredTokenError, SlowDownError

from identity.authorization_server.database import digest, open_database
from identity.authorization_server.device_codes import (
    ALPHABET,
    MOST_GUESSES,
    MOST_PENDING,
    DeviceAuthorization,
    DeviceCodes,
)
from identity.authorization_server.errors import DeviceCodesThrottled
from identity.authorization_server.sign_in import SignIn
from identity.authorization_server.users import User
from tests.support.authorization_server import FakeClock

MAYA = SignIn(User("maya", "athlete-maya", "Maya", None, None), 1_700_000_000, ("pwd",))
JONAS = SignIn(User("jonas", "athlete-jonas", "Jonas", None, None), 1_700_000_000, ("pwd",))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path / "authorization_server.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def codes(connection: sqlite3.Connection, clock: FakeClock) -> DeviceCodes:
    return DeviceCodes(connection, "coach", clock)


def begun(codes: DeviceCodes, client_id: str = "terminal") -> DeviceAuthorization:
    return codes.start(client_id, "openid coach/invoke", ["coach"])


def refusal(codes: DeviceCodes, device_code: str, client_id: str = "terminal") -> type[OAuth2Error]:
    with pytest.raises(OAuth2Error) as caught:
        codes.poll(device_code, client_id)
    return caught.type


def test_an_approved_code_tells_who_allowed_what(codes: DeviceCodes) -> None:
    device = begun(codes)
    assert codes.approve(device.user_code, MAYA)
    approved = codes.poll(device.device_code, "terminal")
    assert (approved.sub, approved.amr, approved.auth_time) == ("athlete-maya", ("pwd",), 1_700_000_000)
    assert (approved.client_id, approved.scope, approved.audiences) == ("terminal", "openid coach/invoke", ("coach",))


def test_a_decision_is_handed_out_once(codes: DeviceCodes) -> None:
    device = begun(codes)
    codes.approve(device.user_code, MAYA)
    codes.poll(device.device_code, "terminal")
    assert refusal(codes, device.device_code) is InvalidGrantError


def test_a_decision_is_gone_from_the_file_when_it_was_handed_out(
    codes: DeviceCodes, connection: sqlite3.Connection
) -> None:
    device = begun(codes)
    codes.approve(device.user_code, MAYA)
    assert connection.execute("SELECT COUNT(*) FROM device_codes").fetchone()[0] == 1
    codes.poll(device.device_code, "terminal")
    assert connection.execute("SELECT COUNT(*) FROM device_codes").fetchone()[0] == 0


def test_a_denied_code_is_refused_and_forgotten(codes: DeviceCodes) -> None:
    device = begun(codes)
    assert codes.deny(device.user_code, MAYA)
    assert refusal(codes, device.device_code) is AccessDeniedError
    assert refusal(codes, device.device_code) is InvalidGrantError


def test_a_decision_stands(codes: DeviceCodes) -> None:
    device = begun(codes)
    codes.deny(device.user_code, MAYA)
    assert codes.pending(device.user_code, "athlete-jonas") is None
    assert not codes.approve(device.user_code, JONAS)
    assert refusal(codes, device.device_code) is AccessDeniedError


def test_whoever_waits_for_the_interval_hears_that_it_is_pending(codes: DeviceCodes, clock: FakeClock) -> None:
    device = begun(codes)
    for _ in range(3):
        clock.advance(device.interval + 0.1)
        assert refusal(codes, device.device_code) is AuthorizationPendingError


def test_polling_too_soon_makes_the_interval_five_seconds_longer(codes: DeviceCodes, clock: FakeClock) -> None:
    device = begun(codes)
    assert refusal(codes, device.device_code) is SlowDownError
    clock.advance(9)
    assert refusal(codes, device.device_code) is SlowDownError
    clock.advance(15.1)
    assert refusal(codes, device.device_code) is AuthorizationPendingError


def test_a_code_expires_for_the_program_and_for_the_person(codes: DeviceCodes, clock: FakeClock) -> None:
    device = begun(codes)
    clock.advance(device.expires_in - 1)
    assert codes.pending(device.user_code, "athlete-maya") is not None
    clock.advance(2)
    assert codes.pending(device.user_code, "athlete-maya") is None
    assert not codes.approve(device.user_code, MAYA)
    assert refusal(codes, device.device_code) is ExpiredTokenError


def test_an_approval_that_nobody_fetched_expires(codes: DeviceCodes, clock: FakeClock) -> None:
    device = begun(codes)
    codes.approve(device.user_code, MAYA)
    clock.advance(device.expires_in + 1)
    assert refusal(codes, device.device_code) is ExpiredTokenError


def test_another_client_cannot_fetch_a_decision_nor_spoil_it(codes: DeviceCodes) -> None:
    device = begun(codes)
    codes.approve(device.user_code, MAYA)
    assert refusal(codes, device.device_code, "developer") is InvalidGrantError
    assert codes.poll(device.device_code, "terminal").sub == "athlete-maya"


def test_another_pool_knows_nothing_of_a_code(
    codes: DeviceCodes, connection: sqlite3.Connection, clock: FakeClock
) -> None:
    device = begun(codes)
    other = DeviceCodes(connection, "socials", clock)
    assert other.pending(device.user_code, "athlete-maya") is None
    assert refusal(other, device.device_code) is InvalidGrantError


def test_a_user_code_is_read_in_any_case_and_without_its_dash(codes: DeviceCodes) -> None:
    device = begun(codes)
    typed = device.user_code.lower().replace("-", " ")
    pending = codes.pending(typed, "athlete-maya")
    assert pending is not None
    assert pending.user_code == device.user_code
    assert (pending.client_id, pending.scope, pending.audiences) == ("terminal", "openid coach/invoke", ("coach",))


def test_a_user_code_has_no_vowel_and_no_digit() -> None:
    assert set(ALPHABET).isdisjoint("AEIOUY0123456789")
    assert len(set(ALPHABET)) == 20


@pytest.mark.case("A19")
def test_a_person_may_guess_five_user_codes_in_ten_minutes(codes: DeviceCodes, clock: FakeClock) -> None:
    device = begun(codes)
    for _ in range(MOST_GUESSES):
        assert codes.pending("BBBB-BBBB", "athlete-jonas") is None
    with pytest.raises(DeviceCodesThrottled):
        codes.pending(device.user_code, "athlete-jonas")
    with pytest.raises(DeviceCodesThrottled):
        codes.approve(device.user_code, JONAS)
    assert codes.pending(device.user_code, "athlete-maya") is not None
    clock.advance(601)
    assert codes.pending("BBBB-BBBB", "athlete-jonas") is None


def test_the_file_does_not_give_the_codes_away(codes: DeviceCodes, connection: sqlite3.Connection) -> None:
    device = begun(codes)
    stored = " ".join(str(value) for value in tuple(connection.execute("SELECT * FROM device_codes").fetchone()))
    assert digest(device.device_code) in stored
    for secret in (device.device_code, device.user_code, device.user_code.replace("-", "")):
        assert secret not in stored
        assert secret not in repr(device)
    assert digest(device.user_code) not in stored
    assert digest(device.user_code.replace("-", "")) not in stored


def test_so_many_may_be_pending_and_no_more(codes: DeviceCodes, clock: FakeClock) -> None:
    for _ in range(MOST_PENDING):
        begun(codes)
    with pytest.raises(DeviceCodesThrottled):
        begun(codes)
    clock.advance(601)
    begun(codes)


def test_old_codes_are_deleted(codes: DeviceCodes, connection: sqlite3.Connection, clock: FakeClock) -> None:
    begun(codes)
    clock.advance(1_201)
    begun(codes)
    assert connection.execute("SELECT COUNT(*) FROM device_codes").fetchone()[0] == 1
