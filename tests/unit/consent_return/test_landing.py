"""A consent comes back: whose it must be, what is asked of the vault, and what is said."""

import logging
import time

import pytest

from identity.consent_return.errors import ConsentOfAnother, ConsentOver, SignInOver, VaultRefused, VaultUnavailable
from identity.consent_state import seal
from tests.support.consent_return import (
    CODE_CANARY,
    JONAS,
    KEY,
    MAYA,
    SESSION_URI,
    RunningConsentReturn,
    landing,
    parameters,
)
from tests.support.issuer import ISSUER

OUTCOME = "Consent-Outcome"


async def test_the_person_who_asked_completes_the_consent(page: RunningConsentReturn) -> None:
    answer = await page.signed_in(landing())
    assert (answer.status_code, answer.headers[OUTCOME]) == (200, "linked")
    [(session_uri, token)] = page.consents.completed
    assert session_uri == SESSION_URI
    assert token.count(".") == 2
    assert "Socials" in answer.text
    assert "See your clubs" in answer.text


@pytest.mark.case("V04")
async def test_who_is_not_signed_in_signs_in_first_and_comes_back_to_the_same_check(page: RunningConsentReturn) -> None:
    target = landing()
    answer = await page.browser.get(target)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert page.consents.completed == []
    # What came with the browser stays here: the issuer learns neither session nor state.
    state = parameters(target)["state"][0]
    assert SESSION_URI not in answer.headers["location"]
    assert state not in answer.headers["location"]
    back = await page.browser.get(page.sign_in.redirect(answer.headers["location"]))
    assert back.status_code == 303
    assert parameters(back.headers["location"]) == parameters(target)
    assert (await page.browser.get(back.headers["location"])).headers[OUTCOME] == "linked"


@pytest.mark.case("V01")
async def test_another_person_is_refused_before_the_vault_is_asked(page: RunningConsentReturn) -> None:
    answer = await page.signed_in(landing(MAYA), subject=JONAS)
    assert (answer.status_code, answer.headers[OUTCOME]) == (403, "another-user")
    assert "Jonas" in answer.text
    assert "Maya" not in answer.text
    assert page.consents.completed == []


@pytest.mark.case("V27")
@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"/return?session_id={SESSION_URI}", 400),
        (f"/return?session_id={SESSION_URI}&state=", 400),
        (landing().replace("?", "?state=another&"), 400),
        (landing(state="v1.9999999999.bm9uY2U.b3duZXI.c2ln"), 400),
        (landing(session_uri="urn:ietf:params:oauth:request_uri:short"), 400),
        (landing(session_uri="https://attacker.example/"), 400),
        ("/return", 400),
    ],
    ids=["no state", "empty state", "two states", "made-up state", "short session", "foreign session", "nothing"],
)
async def test_what_we_did_not_send_out_is_refused(page: RunningConsentReturn, target: str, status: int) -> None:
    assert (await page.signed_in()).status_code == 200
    answer = await page.browser.get(target)
    assert (answer.status_code, answer.headers[OUTCOME]) == (status, "failed")
    assert page.consents.completed == []


async def test_a_consent_that_took_too_long_has_ended(page: RunningConsentReturn) -> None:
    assert (await page.signed_in()).status_code == 200
    old = seal(KEY.encode(), issuer=ISSUER, subject=MAYA, now=time.time() - 601)
    answer = await page.browser.get(landing(state=old))
    assert (answer.status_code, answer.headers[OUTCOME]) == (400, "expired")
    assert page.consents.completed == []


@pytest.mark.case("V21")
@pytest.mark.parametrize(("error", "outcome"), [("access_denied", "declined"), ("server_error", "failed")])
async def test_a_refusal_at_the_other_service_ends_cleanly(
    page: RunningConsentReturn, error: str, outcome: str
) -> None:
    assert (await page.signed_in()).status_code == 200
    answer = await page.browser.get(landing(error=error))
    assert answer.headers[OUTCOME] == outcome
    assert error not in answer.text
    assert page.consents.completed == []


@pytest.mark.parametrize(
    ("refusal", "status", "outcome"),
    [
        (ConsentOfAnother("x"), 403, "another-user"),
        (ConsentOver("x"), 400, "expired"),
        (VaultUnavailable("x"), 503, "unavailable"),
    ],
    ids=["another", "over", "unavailable"],
)
async def test_what_the_vault_refuses_is_said_in_words(
    page: RunningConsentReturn, refusal: VaultRefused, status: int, outcome: str
) -> None:
    page.consents.refuse = refusal
    answer = await page.signed_in(landing())
    assert (answer.status_code, answer.headers[OUTCOME]) == (status, outcome)


async def test_a_sign_in_that_the_vault_no_longer_believes_is_made_again_with_the_password(
    page: RunningConsentReturn,
) -> None:
    page.consents.refuse = SignInOver("x")
    answer = await page.signed_in(landing())
    assert answer.status_code == 303
    assert parameters(answer.headers["location"])["prompt"] == ["login"]


@pytest.mark.case("V13")
async def test_no_code_session_state_or_token_is_shown_or_logged(
    page: RunningConsentReturn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="identity")
    target = landing()
    answers = [
        await page.signed_in(target),
        await page.browser.get(landing(JONAS)),
        await page.browser.get(landing(state="forged")),
    ]
    [(_, token)] = page.consents.completed
    secrets = [CODE_CANARY, SESSION_URI, parameters(target)["state"][0], token, KEY, "client-secret-canary", "forged"]
    said = caplog.text + "".join(answer.text for answer in answers)
    assert "completed consent" in caplog.text
    assert [secret for secret in secrets if secret in said] == []
    assert {answer.headers["referrer-policy"] for answer in answers} == {"no-referrer"}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
