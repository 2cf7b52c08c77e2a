"""The state that ties a consent to the athlete for whom it was begun."""

import pytest

from identity.consent_state import LIFETIME_S, check, seal
from identity.errors import ConsentStateExpired, ConsentStateForeign, ConsentStateRefused

KEY = b"k" * 32
ISSUER, MAYA, JONAS = "https://i.example/coach", "sub-maya", "sub-jonas"
NOW = 1_800_000_000.0


def sealed(key: bytes = KEY) -> str:
    return seal(key, issuer=ISSUER, subject=MAYA, now=NOW)


def test_a_state_is_good_for_its_athlete_until_it_expires() -> None:
    for age in (0, 1, LIFETIME_S - 1):
        check(KEY, sealed(), issuer=ISSUER, subject=MAYA, now=NOW + age)


def test_it_says_nothing_about_the_athlete_and_is_never_the_same_twice() -> None:
    one, other = sealed(), sealed()
    assert one != other
    assert MAYA not in one
    assert ISSUER not in one


@pytest.mark.case("V01")
@pytest.mark.parametrize(
    ("issuer", "subject"), [(ISSUER, JONAS), ("https://i.example/socials", MAYA)], ids=["subject", "issuer"]
)
def test_a_state_of_another_athlete_is_refused_as_such(issuer: str, subject: str) -> None:
    with pytest.raises(ConsentStateForeign):
        check(KEY, sealed(), issuer=issuer, subject=subject, now=NOW)


@pytest.mark.parametrize("age", [LIFETIME_S, LIFETIME_S + 1, 10 * LIFETIME_S, -60])
def test_a_state_is_refused_after_ten_minutes_and_before_its_time(age: int) -> None:
    with pytest.raises(ConsentStateExpired):
        check(KEY, sealed(), issuer=ISSUER, subject=MAYA, now=NOW + age)


def altered(state: str) -> dict[str, str]:
    version, expires_at, nonce, owner, signature = state.split(".")
    return {
        "no state": "",
        "words": "not-a-state",
        "other version": f"v2.{expires_at}.{nonce}.{owner}.{signature}",
        "later expiry": ".".join((version, str(int(expires_at) + 300), nonce, owner, signature)),
        "other nonce": ".".join((version, expires_at, nonce[::-1], owner, signature)),
        "owner moved into the nonce": ".".join((version, expires_at, nonce + owner[0], owner[1:], signature)),
        "no signature": f"{version}.{expires_at}.{nonce}.{owner}.",
        "more parts": state + ".more",
        "not ascii": state[:-1] + "é",
        "long": state + "a" * 300,
    }


@pytest.mark.case("V27")
@pytest.mark.parametrize("change", altered("v.1.n.o.s"))
def test_what_we_did_not_seal_is_refused(change: str) -> None:
    with pytest.raises(ConsentStateRefused, match=r"not a state of ours|signature"):
        check(KEY, altered(sealed())[change], issuer=ISSUER, subject=MAYA, now=NOW)


@pytest.mark.case("V27")
def test_the_owner_cannot_be_taken_from_another_state() -> None:
    mine, theirs = seal(KEY, issuer=ISSUER, subject=JONAS, now=NOW).split("."), sealed().split(".")
    with pytest.raises(ConsentStateRefused, match="signature"):
        check(KEY, ".".join((*theirs[:3], mine[3], theirs[4])), issuer=ISSUER, subject=JONAS, now=NOW)


def test_another_systems_key_does_not_fit_and_a_short_key_is_no_key() -> None:
    with pytest.raises(ConsentStateRefused):
        check(KEY, sealed(b"x" * 32), issuer=ISSUER, subject=MAYA, now=NOW)
    with pytest.raises(ValueError, match="fewer than 32"):
        sealed(b"short")
