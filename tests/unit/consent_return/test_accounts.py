"""Connected accounts: who sees them, and what disconnects one."""

import re

import pytest

from identity.consent_return.errors import SignInOver, VaultUnavailable
from tests.support.consent_return import BASE, RunningConsentReturn, connection, parameters

WHICH = {"workload": "coach", "provider": "coach-federation"}
OWN_FORM = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}


def token_in(text: str, action: str) -> str:
    found = re.search(rf'action="{action}".*?name="form_token" value="([^"]+)"', text, re.DOTALL)
    assert found is not None
    return found[1]


async def ask_page_token(page: RunningConsentReturn) -> str:
    return token_in((await page.browser.get("/disconnect", params=WHICH)).text, "/disconnect")


@pytest.fixture
async def signed_in(page: RunningConsentReturn) -> RunningConsentReturn:
    page.consents.connected = [connection()]
    assert (await page.signed_in()).status_code == 200
    return page


async def test_nobody_sees_a_list_without_signing_in(page: RunningConsentReturn) -> None:
    page.consents.connected = [connection()]
    for path in ("/", "/disconnect?workload=coach&provider=coach-federation"):
        answer = await page.browser.get(path)
        assert answer.status_code == 303
        assert "Socials" not in answer.text


async def test_the_list_names_service_user_and_permissions(signed_in: RunningConsentReturn) -> None:
    text = (await signed_in.browser.get("/")).text
    for words in ("Socials", "The coach", "See your clubs", "24 November 2026", "Maya"):
        assert words in text


async def test_a_program_of_the_person_reads_the_same_list(signed_in: RunningConsentReturn) -> None:
    document = (await signed_in.browser.get("/", headers={"Accept": "application/json"})).json()
    assert document["athlete"] == "Maya"
    [account] = document["connections"]
    assert (account["workload"], account["provider"], account["scopes"]) == (
        "coach",
        "coach-federation",
        ["socials/read"],
    )
    form = {**WHICH, "form_token": account["form_token"], "decision": "disconnect"}
    answer = await signed_in.browser.post("/disconnect", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 204
    assert signed_in.consents.disconnected == [("coach", "coach-federation")]


@pytest.mark.case("V15")
async def test_disconnecting_asks_first_and_then_tells_the_vault(signed_in: RunningConsentReturn) -> None:
    form = {**WHICH, "form_token": await ask_page_token(signed_in)}
    kept = await signed_in.browser.post("/disconnect", data=form, headers=OWN_FORM)
    assert kept.status_code == 303
    assert signed_in.consents.disconnected == []
    done = await signed_in.browser.post("/disconnect", data=form | {"decision": "disconnect"}, headers=OWN_FORM)
    assert signed_in.consents.disconnected == [("coach", "coach-federation")]
    assert "Socials" in (await signed_in.browser.get(done.headers["location"])).text


@pytest.mark.case("A11")
@pytest.mark.parametrize(
    "change",
    [{"form_token": ""}, {"form_token": "0" * 64}, {"provider": "another"}, {"workload": "another"}],
    ids=["no token", "made up", "for another provider", "for another workload"],
)
async def test_a_form_that_was_not_served_for_this_connection_changes_nothing(
    signed_in: RunningConsentReturn, change: dict[str, str]
) -> None:
    form = {**WHICH, "form_token": await ask_page_token(signed_in), "decision": "disconnect"} | change
    answer = await signed_in.browser.post("/disconnect", data=form, headers=OWN_FORM)
    assert answer.status_code == 403
    assert signed_in.consents.disconnected == []


@pytest.mark.case("A11")
async def test_a_form_of_another_session_or_another_purpose_changes_nothing(signed_in: RunningConsentReturn) -> None:
    token = await ask_page_token(signed_in)
    sign_out = token_in((await signed_in.browser.get("/")).text, "/sign-out")
    form = {**WHICH, "decision": "disconnect"}
    for wrong in (sign_out, token[::-1]):
        answer = await signed_in.browser.post("/disconnect", data=form | {"form_token": wrong}, headers=OWN_FORM)
        assert answer.status_code == 403
    await signed_in.browser.post("/sign-out", data={"form_token": sign_out}, headers=OWN_FORM)
    assert (await signed_in.signed_in()).status_code == 200
    late = await signed_in.browser.post("/disconnect", data=form | {"form_token": token}, headers=OWN_FORM)
    assert late.status_code == 403
    assert signed_in.consents.disconnected == []


async def test_signing_out_ends_the_session_and_the_next_sign_in_takes_the_password(
    signed_in: RunningConsentReturn,
) -> None:
    token = token_in((await signed_in.browser.get("/")).text, "/sign-out")
    session = signed_in.browser.cookies["consent_return_session"]
    forged = await signed_in.browser.post("/sign-out", data={"form_token": "x"}, headers=OWN_FORM)
    assert forged.status_code == 403
    assert (await signed_in.browser.post("/sign-out", data={"form_token": token}, headers=OWN_FORM)).status_code == 200
    async with signed_in.another_browser() as thief:
        answer = await thief.get("/", headers={"Cookie": f"consent_return_session={session}"})
        assert answer.status_code == 303
    again = await signed_in.browser.get("/sign-in")
    assert parameters(again.headers["location"])["prompt"] == ["login"]


async def test_a_vault_that_is_down_or_wants_a_new_sign_in_is_said(signed_in: RunningConsentReturn) -> None:
    signed_in.consents.refuse = VaultUnavailable("x")
    assert (await signed_in.browser.get("/")).status_code == 503
    signed_in.consents.refuse = SignInOver("x")
    assert (await signed_in.browser.get("/")).status_code == 303


async def test_requests_that_say_nothing_or_too_much_are_refused(signed_in: RunningConsentReturn) -> None:
    assert (await signed_in.browser.get("/disconnect")).status_code == 400
    huge = await signed_in.browser.post("/disconnect", data={"workload": "x" * 20_000}, headers={"Origin": BASE})
    assert huge.status_code == 403
    other = await signed_in.browser.post("/disconnect", json=WHICH, headers={"Origin": BASE})
    assert other.status_code == 403
    assert (await signed_in.browser.get("/", params=dict.fromkeys(map(str, range(20)), "x"))).status_code == 400
