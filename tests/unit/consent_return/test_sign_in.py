"""This part's own sign-in: everything that an issuer, a browser or an attacker can get wrong."""

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from identity.consent_return.own_session import MOST_SIGN_INS, OwnSessions, SignedIn
from tests.support.cognito import CognitoPool
from tests.support.consent_return import (
    BASE,
    CODE_CANARY,
    FakeClock,
    FakeSignIn,
    RunningConsentReturn,
    landing,
    parameters,
    running_consent_return,
    settings_of_tests,
)
from tests.support.issuer import ISSUER

COOKIE = "consent_return_session"


async def test_the_request_has_pkce_state_nonce_and_the_audience_of_the_vault(page: RunningConsentReturn) -> None:
    asked = parameters((await page.browser.get("/")).headers["location"])
    assert asked["client_id"] == ["consent-return"]
    assert asked["redirect_uri"] == [f"{BASE}/callback"]
    assert asked["audience"] == ["token-vault"]
    assert asked["scope"] == ["openid connections/write"]
    assert asked["code_challenge_method"] == ["S256"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43
    again = parameters((await page.browser.get("/")).headers["location"])
    assert asked.keys() == again.keys()
    assert not [name for name in ("state", "nonce", "code_challenge") if asked[name] == again[name]]


async def test_the_code_is_redeemed_with_secret_verifier_and_redirect_uri(page: RunningConsentReturn) -> None:
    assert (await page.signed_in()).status_code == 200
    [request] = page.sign_in.token_requests
    form = dict(httpx.QueryParams(request.content.decode()))
    assert (form["grant_type"], form["code"]) == ("authorization_code", CODE_CANARY)
    assert form["redirect_uri"] == f"{BASE}/callback"
    assert len(form["code_verifier"]) >= 43
    proof = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    assert proof == "consent-return:client-secret-canary"


def _knob(**values: Any) -> Callable[[FakeSignIn], None]:
    def turn(sign_in: FakeSignIn) -> None:
        for name, value in values.items():
            setattr(sign_in, name, value)

    return turn


@pytest.mark.parametrize(
    "knob",
    [
        pytest.param(_knob(answer={"iss": "https://other.example"}), id="answer of another issuer"),
        pytest.param(_knob(answer={"iss": None}), id="answer without issuer"),
        pytest.param(_knob(answer={"code": None}), id="no code"),
        pytest.param(_knob(status=400), id="code refused"),
        pytest.param(_knob(no_id_token=True), id="no ID token"),
        pytest.param(_knob(id_claims={"iss": "https://other.example"}), id="ID token of another issuer"),
        pytest.param(_knob(id_claims={"aud": "terminal"}), id="ID token for another client"),
        pytest.param(_knob(id_claims={"aud": ["consent-return", "terminal"]}), id="ID token for two clients"),
        pytest.param(_knob(id_claims={"nonce": "another"}), id="ID token of another sign-in"),
        pytest.param(_knob(id_claims={"nonce": None}), id="ID token without nonce"),
        pytest.param(_knob(id_claims={"exp": 1}), id="ID token expired"),
        pytest.param(_knob(id_claims={"exp": None}), id="ID token without end"),
        pytest.param(_knob(id_claims={"iat": 4_000_000_000}), id="ID token from the future"),
        pytest.param(_knob(id_claims={"token_use": "access"}), id="access token in its place"),
        pytest.param(_knob(id_header={"typ": "at+jwt"}), id="typed as an access token"),
        pytest.param(_knob(id_header={"typ": ["JWT"]}), id="type that is a list"),
        pytest.param(_knob(id_header={"alg": "none"}), id="unsigned"),
        pytest.param(_knob(id_header={"kid": "nobody"}), id="unknown key"),
        pytest.param(_knob(id_key="access"), id="wrong key"),
        pytest.param(_knob(access_claims={"sub": "sub-jonas"}), id="access token of another person"),
        pytest.param(_knob(access_claims={"aud": "coach"}), id="access token for another audience"),
        pytest.param(_knob(access_claims={"client_id": "terminal"}), id="access token of another client"),
        pytest.param(_knob(access_claims={"scope": "openid"}), id="access token without the scope"),
    ],
)
async def test_a_sign_in_that_does_not_fit_signs_nobody_in(
    page: RunningConsentReturn, knob: Callable[[FakeSignIn], None]
) -> None:
    knob(page.sign_in)
    refused = await page.signed_in(landing())
    assert refused.status_code == 502
    assert page.consents.completed == []
    assert (await page.browser.get("/")).status_code == 303


@pytest.mark.case("V29")
@pytest.mark.parametrize("amr", [("swk",), (), None, ("pwdx",)], ids=str)
async def test_a_key_file_is_not_a_person(page: RunningConsentReturn, amr: tuple[str, ...] | None) -> None:
    page.sign_in.amr = amr
    refused = await page.signed_in(landing())
    assert refused.status_code == 403
    assert page.consents.completed == []


@pytest.mark.case("V29")
@pytest.mark.parametrize("amr", [("pwd",), ("swk", "user")], ids=str)
async def test_a_password_or_a_typed_confirmation_is(page: RunningConsentReturn, amr: tuple[str, ...]) -> None:
    page.sign_in.amr = amr
    assert (await page.signed_in(landing())).headers["Consent-Outcome"] == "linked"


@pytest.mark.parametrize(
    "discovery",
    [{"issuer": "https://other.example"}, {"code_challenge_methods_supported": ["plain"]}, {"token_endpoint": None}],
    ids=["another issuer", "no PKCE", "no token endpoint"],
)
async def test_an_issuer_that_is_not_ours_or_has_no_pkce_is_sent_nobody(
    page: RunningConsentReturn, discovery: dict[str, Any]
) -> None:
    page.sign_in.discovery = discovery
    answer = await page.browser.get("/")
    assert answer.status_code == 502
    assert "location" not in answer.headers


async def test_an_issuer_that_is_down_is_a_page(page: RunningConsentReturn) -> None:
    page.sign_in.down = True
    assert (await page.browser.get("/")).status_code == 502


async def test_an_answer_is_taken_once_and_only_in_the_browser_that_began_it(page: RunningConsentReturn) -> None:
    answer = page.sign_in.redirect((await page.browser.get("/")).headers["location"])
    async with page.another_browser() as other:
        assert (await other.get(answer)).status_code == 400
        await other.get("/")
        assert (await other.get(answer)).status_code == 400
    assert page.sign_in.token_requests == []
    before = page.browser.cookies[COOKIE]
    assert (await page.browser.get(answer)).status_code == 303
    assert (await page.browser.get(answer)).status_code == 400
    assert len(page.sign_in.token_requests) == 1
    assert page.browser.cookies[COOKIE] != before


async def test_an_answer_that_failed_is_not_taken_again(page: RunningConsentReturn) -> None:
    answer = page.sign_in.redirect((await page.browser.get("/")).headers["location"])
    page.sign_in.status = 400
    assert (await page.browser.get(answer)).status_code == 502
    page.sign_in.status = 200
    assert (await page.browser.get(answer)).status_code == 400
    assert len(page.sign_in.token_requests) == 1


async def test_an_answer_that_comes_too_late_is_not_taken(page: RunningConsentReturn) -> None:
    answer = page.sign_in.redirect((await page.browser.get("/")).headers["location"])
    page.clock.offset_s = 601
    assert (await page.browser.get(answer)).status_code == 400


@pytest.mark.case("A19")
async def test_signing_in_changes_the_id_and_kills_the_old_one(page: RunningConsentReturn) -> None:
    other, begun = await page.browser.get("/"), await page.browser.get("/")
    planted = page.browser.cookies[COOKIE]
    await page.browser.get(page.sign_in.redirect(begun.headers["location"]))
    own = page.browser.cookies[COOKIE]
    assert own != planted
    assert (await page.browser.get("/")).status_code == 200
    async with page.another_browser() as attacker:
        assert (await attacker.get("/", headers={"Cookie": f"{COOKIE}={planted}"})).status_code == 303
        attacker.cookies.clear()
        left_over = page.sign_in.redirect(other.headers["location"])
        assert (await attacker.get(left_over, headers={"Cookie": f"{COOKIE}={planted}"})).status_code == 400
        attacker.cookies.clear()
        assert (await attacker.get("/", headers={"Cookie": f"{COOKIE}={own}"})).status_code == 200


async def test_a_session_ends_with_its_time_and_with_its_token(page: RunningConsentReturn) -> None:
    assert (await page.signed_in()).status_code == 200
    page.clock.offset_s = 599  # the token lives 600 s
    assert (await page.browser.get("/")).status_code == 200
    page.clock.offset_s = 601
    assert (await page.browser.get("/")).status_code == 303


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(page: RunningConsentReturn) -> None:
    given = (await page.browser.get("/")).headers["set-cookie"]
    assert given.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(given.split("; "))
    async with running_consent_return(base_url="https://consent.example") as secure:
        given = (await secure.browser.get("/")).headers["set-cookie"]
        assert given.startswith(f"__Host-{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(given.split("; "))
        assert "Domain" not in given


@pytest.mark.parametrize(
    "url", ["http://consent.example", "http://127.0.0.1:1/path/", "http://192.168.1.5:8704"], ids=str
)
def test_unencrypted_pages_are_for_loopback_only(url: str) -> None:
    with pytest.raises(ValueError, match=r"https alone|scheme, host, port"):
        settings_of_tests(base_url=url)
    assert settings_of_tests(base_url="https://consent.example").secure


async def test_a_pool_of_cognito_signs_people_in_with_what_it_has() -> None:
    async with running_consent_return(profile="cognito") as page:
        page.sign_in.tokens = CognitoPool(
            issuer=ISSUER, audience="token-vault", client_id="consent-return", scope="openid connections/write"
        )
        # No word about PKCE, no `iss` in the redirect, nothing about how somebody signed in.
        page.sign_in.discovery = {
            "code_challenge_methods_supported": [],
            "authorization_response_iss_parameter_supported": False,
        }
        page.sign_in.answer, page.sign_in.amr = {"iss": None}, None
        asked = parameters((await page.browser.get("/")).headers["location"])
        assert asked["resource"] == ["token-vault"]
        assert "audience" not in asked
        assert asked["code_challenge_method"] == ["S256"]
        assert (await page.signed_in()).status_code == 200
        page.sign_in.access_claims = {"aud": None}
        await page.browser.get("/sign-in")
        back = page.sign_in.redirect((await page.browser.get("/sign-in")).headers["location"])
        assert (await page.browser.get(back)).status_code == 502


def test_sessions_are_bounded_and_strangers_go_first() -> None:
    clock = FakeClock()
    sessions = OwnSessions(lifetime_s=60, clock=clock, most=4)
    person = sessions.start(SignedIn(ISSUER, "s", "n", "t", clock() + 60))
    strangers = [sessions.start() for _ in range(10)]
    assert sessions.find(person.id) is person
    assert [one for one in strangers if sessions.find(one.id)] == strangers[-3:]


async def test_a_browser_that_begins_many_sign_ins_can_finish_the_newest(page: RunningConsentReturn) -> None:
    answers = [
        page.sign_in.redirect((await page.browser.get("/")).headers["location"]) for _ in range(MOST_SIGN_INS + 1)
    ]
    assert (await page.browser.get(answers[0])).status_code == 400
    assert (await page.browser.get(answers[-1])).status_code == 303


@pytest.mark.case("I05")
async def test_other_hosts_and_other_pages_get_nothing(page: RunningConsentReturn) -> None:
    assert (await page.browser.get("/", headers={"Host": "attacker.example"})).status_code == 421
    assert (await page.browser.get("/", headers={"Origin": "https://attacker.example"})).status_code == 403
    framed = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert (await page.browser.post("/sign-out", headers=framed)).status_code == 403
    assert (await page.browser.get("/", headers={"Origin": BASE})).status_code == 303
