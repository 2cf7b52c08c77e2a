"""The terminal as the athlete's browser: every step to a known place, every proof for what was typed."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import RSAKey

from agent.terminal.browser_walk import BrowserWalk
from agent.terminal.errors import ConsentStopped, IssuerNotOurs, SignInRefused
from agent.terminal.home import open_home
from tests.support.consent_stack import CALLBACK, CONSENT_RETURN, PAGE, FakeConsentStack

EVIL = "http://127.0.0.1:9999/pools/socials/authorize?client_id=coach-federation"


@pytest.fixture
def stack(tmp_path: Path) -> FakeConsentStack:
    open_home(tmp_path)
    return FakeConsentStack(tmp_path)


def walk(stack: FakeConsentStack, athlete: str = "maya") -> BrowserWalk:
    return BrowserWalk(open_home(stack.home), stack.endpoints(), athlete, stack.client)


def test_what_a_page_would_ask_is_seen_without_deciding_anything(stack: FakeConsentStack) -> None:
    asked = walk(stack).look(PAGE)

    assert (asked.client_id, asked.scopes, asked.host) == (
        "coach-federation",
        ("openid", "socials/read"),
        "127.0.0.1:8700",
    )
    assert stack.socials.assertions == []


def test_an_allowed_consent_goes_through_every_step_to_its_end(stack: FakeConsentStack) -> None:
    browser = walk(stack)

    assert browser.allow(browser.look(PAGE)) == "linked"

    steps = [path for path in stack.paths if ".well-known" not in path and "nonce" not in path]
    assert steps == [
        "/identities/oauth2/authorize",
        "/pools/socials/authorize",
        "/identities/oauth2/callback/coach-federation",
        "/return",
        "/pools/coach/authorize",
        "/callback",
        "/return",
    ]
    assert [claims["user_presence"] for claims in (*stack.socials.assertions, *stack.coach.assertions)] == ["typed"] * 2


def test_cookies_of_one_part_are_not_shown_to_another(stack: FakeConsentStack) -> None:
    browser = walk(stack)
    browser.allow(browser.look(PAGE))

    assert {urlsplit(url).netloc for _, url, cookie in stack.visited if cookie} == {urlsplit(CONSENT_RETURN).netloc}


@pytest.mark.parametrize("outcome", ["declined", "another-user", "expired", "unavailable"])
def test_how_it_ended_is_what_the_consent_page_says(stack: FakeConsentStack, outcome: str) -> None:
    stack.outcome = outcome
    browser = walk(stack)
    assert browser.allow(browser.look(PAGE)) == outcome


def test_an_end_that_is_not_known_is_no_consent(stack: FakeConsentStack) -> None:
    stack.outcome = "surprise"
    browser = walk(stack)
    assert browser.allow(browser.look(PAGE)) == "failed"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:9999/identities/oauth2/authorize?request_uri=x", id="another port"),
        pytest.param("http://127.0.0.1:8701/identities/GetApiKey", id="another page of the vault"),
        pytest.param("http://127.0.0.1:8701/identities/oauth2/callback/../authorize", id="a way up"),
        pytest.param("http://maya@127.0.0.1:8701/identities/oauth2/authorize", id="a user in it"),
        pytest.param("https://evil.test/identities/oauth2/authorize", id="another host"),
        pytest.param(f"{CONSENT_RETURN}/return", id="the consent return itself"),
    ],
)
def test_a_page_that_is_not_the_vaults_is_not_even_fetched(stack: FakeConsentStack, url: str) -> None:
    browser = walk(stack)
    before = len(stack.visited)
    with pytest.raises(ConsentStopped):
        browser.look(url)
    assert len(stack.visited) == before


@pytest.mark.parametrize("page", ["/identities/oauth2/authorize"])
def test_a_vault_that_leads_to_another_provider_is_left_before_anything_is_signed(
    stack: FakeConsentStack, page: str
) -> None:
    stack.lead_to[page] = EVIL
    with pytest.raises(ConsentStopped, match="9999"):
        walk(stack).look(PAGE)
    assert stack.socials.assertions == []
    assert not any("9999" in url for _, url, _ in stack.visited)


@pytest.mark.parametrize(
    ("page", "target"),
    [
        pytest.param("/identities/oauth2/callback/coach-federation", EVIL, id="vault to a stranger"),
        pytest.param("/identities/oauth2/callback/coach-federation", PAGE, id="vault to a second consent"),
        pytest.param("/return", "http://127.0.0.1:9999/", id="consent return to a stranger"),
        pytest.param("/return", PAGE, id="consent return to another consent"),
        pytest.param("/return", f"{CONSENT_RETURN}/return", id="in circles"),
    ],
)
def test_a_redirect_to_where_the_consent_does_not_go_ends_it(stack: FakeConsentStack, page: str, target: str) -> None:
    browser = walk(stack)
    asked = browser.look(PAGE)
    stack.lead_to[page] = target

    with pytest.raises(ConsentStopped):
        browser.allow(asked)

    assert not any("9999" in url for _, url, _ in stack.visited)
    assert len(stack.socials.assertions) == 1  # what was typed for, and nothing more


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"redirect_uri": "http://127.0.0.1:9999/callback"}, id="the answer goes to a stranger"),
        pytest.param({"redirect_uri": f"{CONSENT_RETURN}/callback"}, id="the answer goes to another part"),
    ],
)
def test_a_request_whose_answer_goes_elsewhere_is_not_shown_for_a_decision(
    stack: FakeConsentStack, asked: dict[str, str]
) -> None:
    stack.asked = asked
    with pytest.raises(ConsentStopped, match="another place"):
        walk(stack).look(PAGE)


@pytest.mark.parametrize("hidden", ["request", "request_uri"])
def test_a_request_that_is_kept_elsewhere_is_not_shown_for_a_decision(stack: FakeConsentStack, hidden: str) -> None:
    stack.asked = {hidden: "urn:ietf:params:oauth:request_uri:other"}
    with pytest.raises(ConsentStopped, match="openly"):
        walk(stack).look(PAGE)


@pytest.mark.parametrize(
    "sign_in",
    [
        pytest.param({"client_id": "developer"}, id="another client"),
        pytest.param({"scope": "openid connections/write coach/invoke"}, id="more scopes"),
        pytest.param({"redirect_uri": CALLBACK}, id="another redirect"),
        pytest.param({"request_uri": "urn:ietf:params:oauth:request_uri:other"}, id="a request kept elsewhere"),
        pytest.param({"request": "e30.e30."}, id="a request in a token"),
    ],
)
def test_on_the_way_only_the_consent_page_is_signed_in_to(stack: FakeConsentStack, sign_in: dict[str, str]) -> None:
    stack.sign_in = sign_in
    browser = walk(stack)
    with pytest.raises(ConsentStopped):
        browser.allow(browser.look(PAGE))
    assert stack.coach.assertions == []


@pytest.mark.case("I06")
@pytest.mark.parametrize("taken", ["coach", "socials"])
def test_nothing_is_signed_for_an_issuer_that_took_the_port(stack: FakeConsentStack, taken: str) -> None:
    getattr(stack, taken)._signing_key = RSAKey.generate_key(2048, {"kid": "id-1"})
    with pytest.raises(IssuerNotOurs, match="another program may have taken the port"):
        walk(stack)
    assert f"/pools/{taken}/nonce" not in stack.paths
    assert stack.coach.assertions + stack.socials.assertions == []


def test_an_athlete_whose_key_the_provider_does_not_know_is_refused(stack: FakeConsentStack) -> None:
    browser = walk(stack)
    asked = browser.look(PAGE)
    stack.socials.athlete_keys = {}
    with pytest.raises((SignInRefused, KeyError)):
        browser.allow(asked)
