import json
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from agent.terminal.access import COACH_SCOPES, Access
from agent.terminal.athletes import chosen_athlete, forget_sign_in, remember_import, remember_sign_in
from agent.terminal.claims import unverified_claims
from agent.terminal.errors import HomeNotPrivate, IssuerNotOurs, NotSignedIn, UsageWrong
from agent.terminal.home import Home, open_home
from agent.terminal.session_file import SessionFile, stored_athletes
from agent.terminal.sign_in import TokenSet
from agent.terminal.signed_out import mark_signed_out, unmark_signed_out
from tests.support.runtime import FakeFront, make_athlete_key


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


@pytest.fixture
def front(home: Home) -> FakeFront:
    return FakeFront(athlete_keys={name: make_athlete_key(home.root, name) for name in ("maya", "jonas")})


def access(home: Home, front: FakeFront, athlete: str = "maya") -> Access:
    return Access(home, front.client(), front.issuer, athlete)


def grant_types(front: FakeFront) -> list[str]:
    return [grant["grant_type"] for grant in front.grants]


def test_a_fresh_home_signs_in_by_itself_and_the_next_command_uses_the_stored_token(
    home: Home, front: FakeFront
) -> None:
    first = access(home, front).token("coach", COACH_SCOPES)
    assert access(home, front).token("coach", COACH_SCOPES) == first
    assert grant_types(front) == ["authorization_code"]


def test_each_audience_has_a_token_of_its_own(home: Home, front: FakeFront) -> None:
    coach = access(home, front).token("coach", COACH_SCOPES)
    assert access(home, front).token("mcp-activities", ("activities/write",)) != coach
    assert access(home, front).token("coach", COACH_SCOPES) == coach


def test_athletes_do_not_share_a_session(home: Home, front: FakeFront) -> None:
    assert access(home, front).token("coach", COACH_SCOPES) != access(home, front, "jonas").token("coach", COACH_SCOPES)


def test_a_token_that_ends_soon_is_refreshed_and_the_rotated_token_is_stored(home: Home, front: FakeFront) -> None:
    front.access_token_life_s = 20
    access(home, front).token("coach", COACH_SCOPES)
    front.access_token_life_s = 900
    renewed = access(home, front).token("coach", COACH_SCOPES)
    assert access(home, front).token("coach", COACH_SCOPES) == renewed
    assert grant_types(front) == ["authorization_code", "refresh_token"]


def test_a_refresh_that_is_refused_leads_to_a_new_sign_in_with_the_key_file(home: Home, front: FakeFront) -> None:
    access(home, front).token("coach", COACH_SCOPES)
    front.fail_next_refresh = True
    access(home, front).token("coach", COACH_SCOPES, renew=True)
    assert grant_types(front) == ["authorization_code", "refresh_token", "authorization_code"]


def test_a_sign_in_anew_has_the_scopes_that_a_refresh_would_not_add_and_ends_the_old_one(
    home: Home, front: FakeFront
) -> None:
    access(home, front).token("mcp-activities", ("activities/write",))
    old = SessionFile(home, "maya").refresh_tokens(front.issuer)
    wide = ("activities/read", "activities/write")
    token = access(home, front).token_anew("mcp-activities", wide)
    assert str(unverified_claims(token)["scope"]).split() == ["openid", *wide]
    assert access(home, front).token("mcp-activities", wide) == token
    assert front.revoked == old
    mark_signed_out(home)
    with pytest.raises(NotSignedIn):
        access(home, front).token_anew("mcp-activities", wide)


def test_a_session_of_the_login_page_without_a_key_file_has_to_be_renewed_there(home: Home, front: FakeFront) -> None:
    access(home, front, "guest").store("coach", TokenSet("a", time.time() - 1, "spent"))
    with pytest.raises(NotSignedIn, match="coach login"):
        access(home, front, "guest").token("coach", COACH_SCOPES)


def test_tokens_of_another_issuer_are_not_used(home: Home, front: FakeFront) -> None:
    SessionFile(home, "maya").store("http://127.0.0.1:9999/coach", "coach", TokenSet("x", time.time() + 900, "y"))
    assert access(home, front).token("coach", COACH_SCOPES) != "x"


def test_the_session_file_is_private_and_refused_when_it_is_not(home: Home, front: FakeFront) -> None:
    access(home, front).token("coach", COACH_SCOPES)
    path = home.session / "maya.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(HomeNotPrivate, match="chmod 600"):
        access(home, front).token("coach", COACH_SCOPES)


def test_after_logout_nothing_signs_in_until_login(home: Home, front: FakeFront) -> None:
    mark_signed_out(home)
    with pytest.raises(NotSignedIn):
        access(home, front).token("coach", COACH_SCOPES)
    with pytest.raises(NotSignedIn):
        access(home, front).developer_token("mcp-routes", ("routes/read",))
    unmark_signed_out(home)
    assert access(home, front).token("coach", COACH_SCOPES)


def test_a_command_that_waits_for_the_session_while_it_is_signed_out_does_not_sign_in_again(
    home: Home, front: FakeFront
) -> None:
    with ThreadPoolExecutor(1) as command:
        with SessionFile(home, "maya").locked():
            waiting = command.submit(access(home, front).token, "coach", COACH_SCOPES)
            assert wait([waiting], timeout=0.2).not_done
            mark_signed_out(home)
        with pytest.raises(NotSignedIn):
            waiting.result(timeout=5)
    assert front.grants == []


def test_revocation_ends_and_forgets_every_audience(home: Home, front: FakeFront) -> None:
    for audience in ("coach", "mcp-activities"):
        access(home, front).token(audience, ())
    access(home, front).revoke_all()
    assert len(front.revoked) == 2
    assert not (home.session / "maya.json").exists()
    assert stored_athletes(home) == ["maya"]


def test_a_developer_token_goes_through_its_own_client_and_is_not_stored(home: Home, front: FakeFront) -> None:
    access(home, front).developer_token("mcp-routes", ("routes/read",))
    assert front.grants[0]["client_id"] == "developer"
    assert not (home.session / "maya.json").exists()


def test_an_athlete_who_is_not_here_is_a_usage_error_that_names_those_who_are(home: Home, front: FakeFront) -> None:
    with pytest.raises(UsageWrong, match="there are: jonas, maya"):
        access(home, front, "nobody").token("coach", COACH_SCOPES)


@pytest.mark.parametrize("name", ["../maya", "", "Maya", "a/b", "a" * 33, "-x"])
def test_an_athletes_name_cannot_lead_out_of_the_home(home: Home, name: str) -> None:
    with pytest.raises(UsageWrong):
        chosen_athlete(home, name)


def test_the_owner_is_chosen_once_something_was_imported_and_maya_before(home: Home) -> None:
    assert chosen_athlete(home, None) == "maya"
    remember_import(home)
    assert chosen_athlete(home, None) == "me"
    assert chosen_athlete(home, "jonas") == "jonas"


def test_whoever_signed_in_on_the_login_page_is_chosen_until_logout(home: Home) -> None:
    remember_sign_in(home, "jonas")
    assert chosen_athlete(home, None) == "jonas"
    forget_sign_in(home)
    assert chosen_athlete(home, None) == "maya"


@pytest.mark.case("I06")
@pytest.mark.parametrize("stored", [False, True], ids=["key file", "refresh token"])
def test_nothing_is_signed_for_or_sent_to_a_program_that_took_the_port(
    home: Home, front: FakeFront, *, stored: bool
) -> None:
    if stored:
        Access(home, front.client(), front.issuer, "maya").token("coach", ("coach/invoke",))
    before = len(front.grants) + len(front.assertions)
    front._signing_key = RSAKey.generate_key(2048, {"kid": "id-1"})

    with pytest.raises(IssuerNotOurs):
        Access(home, front.client(), front.issuer, "maya").token("coach", ("coach/invoke",), renew=True)

    assert len(front.grants) + len(front.assertions) == before


@pytest.mark.case("I06")
def test_a_rotated_key_is_known_from_the_home_and_an_old_home_knows_no_stranger(home: Home, front: FakeFront) -> None:
    rotated = RSAKey.generate_key(2048, {"kid": "id-1"})
    front._signing_key = rotated
    path = home.pool_keys("coach")
    document = json.loads(path.read_text())
    document["keys"][0]["kid"] = "id-0"
    document["keys"].append(rotated.as_dict(private=True))
    path.write_text(json.dumps(document))

    assert Access(home, front.client(), front.issuer, "maya").token("coach", ("coach/invoke",))

    path.unlink()
    with pytest.raises(IssuerNotOurs):
        Access(home, front.client(), front.issuer, "maya").server()


@pytest.mark.case("I06")
def test_an_issuer_whose_endpoints_are_elsewhere_is_not_ours(home: Home, front: FakeFront) -> None:
    front.metadata = {"token_endpoint": "http://127.0.0.1:9999/token"}
    with pytest.raises(IssuerNotOurs, match="another address"):
        Access(home, front.client(), front.issuer, "maya").server()


@pytest.mark.case("I06")
@pytest.mark.parametrize(
    "knobs",
    [
        pytest.param({"proof_key": RSAKey.generate_key(2048, {"kid": "id-1"})}, id="copied the published keys"),
        pytest.param({"proof_claims": {"challenge": "of another time"}}, id="an old proof"),
        pytest.param({"proof_claims": {"iss": "http://127.0.0.1:8700/socials"}}, id="the proof of another pool"),
        pytest.param({"metadata": {"local_sign_in_nonce_endpoint": None}}, id="no proof at all"),
        pytest.param({"metadata": {"local_sign_in_nonce_endpoint": "http://127.0.0.1:9/x"}}, id="proof from elsewhere"),
    ],
)
def test_published_keys_are_not_enough_without_a_fresh_proof(home: Home, knobs: dict[str, Any]) -> None:
    front = FakeFront(athlete_keys={"maya": make_athlete_key(home.root, "maya")}, **knobs)
    with pytest.raises(IssuerNotOurs):
        Access(home, front.client(), front.issuer, "maya").token("coach", ("coach/invoke",))
    assert front.assertions == []
