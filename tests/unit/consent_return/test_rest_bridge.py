"""The consent return behind a REST API: addresses, cookies and bodies come through, whatever its URL is."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from moto import mock_aws
from starlette.types import Receive, Scope, Send

from identity.consent_return.app import create_app
from identity.consent_return.errors import StartFailed
from identity.consent_return.rest_bridge import RestBridge, request_scope
from tests.support.consent_return import (
    KEY,
    FakeClock,
    FakeConsents,
    FakeSignIn,
    connection,
    landing,
    parameters,
    settings_of_tests,
)
from tests.support.entry_modules import LambdaContext, started
from tests.support.issuer import ISSUER
from tests.support.rest_event import HOST, Recorded
from tests.support.rest_gateway import STAGE, RestGateway

COOKIE = "__Host-consent_return_session"
OWN_FORM = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
URLS = [f"https://{HOST}/{STAGE}", "https://consent.example", "https://coach.example/consent"]


@dataclass
class Deployed:
    """The application as a function, and a browser at it."""

    base: str
    sign_in: FakeSignIn
    consents: FakeConsents
    browser: httpx.Client

    def signed_in(self, path: str) -> httpx.Response:
        answer = self.browser.get(f"{self.base}{path}")
        assert answer.status_code == 303
        back = self.browser.get(self.sign_in.redirect(answer.headers["location"]))
        assert back.status_code == 303
        return self.browser.get(str(back.url.join(back.headers["location"])))


@contextmanager
def deployed(base: str, *, binary: bool = False) -> Iterator[Deployed]:
    sign_in, consents = FakeSignIn(), FakeConsents()
    settings = settings_of_tests(base_url=base)
    http = httpx.AsyncClient(transport=sign_in.transport())
    app = create_app(settings, clock=FakeClock(), http=http, keys=sign_in.tokens.jwks(), consents=consents)
    with (
        closing(RestBridge(app, base_path=settings.base_path)) as bridge,
        httpx.Client(transport=RestGateway(bridge, binary=binary)) as browser,
    ):
        yield Deployed(base, sign_in, consents, browser)


@pytest.fixture(params=URLS)
def page(request: pytest.FixtureRequest) -> Iterator[Deployed]:
    with deployed(request.param) as one:
        yield one


def links(page: httpx.Response) -> list[str]:
    return re.findall(r'(?:href|action)="([^"#]+)"', page.text)


@pytest.mark.parametrize("base", URLS)
@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_a_person_connects_and_disconnects_under_every_url(base: str, binary: bool) -> None:
    with deployed(base, binary=binary) as page:
        connect_and_disconnect(page)


def connect_and_disconnect(page: Deployed) -> None:
    base, path = page.base, urlsplit(page.base).path
    answer = page.signed_in(landing())
    assert (answer.status_code, answer.headers["consent-outcome"]) == (200, "linked")
    assert links(answer) == [f"{path}/"]
    assert len(page.consents.completed) == 1

    listed = page.browser.get(f"{base}/")
    assert all(link.startswith(f"{path}/") for link in links(listed))
    [ask] = [link for link in links(listed) if "disconnect" in link]
    asked = page.browser.get(httpx.URL(base).join(ask.replace("&amp;", "&")))
    token = re.search(r'name="form_token" value="([^"]+)"', asked.text)
    assert token is not None
    form = {"workload": "coach", "provider": "coach-federation", "form_token": token[1], "decision": "disconnect"}
    [action] = [link for link in links(asked) if link.endswith("/disconnect")]
    done = page.browser.post(httpx.URL(base).join(action), data=form, headers=OWN_FORM)
    assert (done.status_code, done.headers["location"]) == (303, f"{path}/?disconnected=coach-federation")
    assert page.consents.disconnected == [("coach", "coach-federation")]


def test_the_issuer_is_told_the_address_under_which_the_browser_is(page: Deployed) -> None:
    answer = page.browser.get(f"{page.base}/")
    assert parameters(answer.headers["location"])["redirect_uri"] == [f"{page.base}/callback"]


def test_the_cookie_is_the_hosts_own_and_good_for_all_its_paths(page: Deployed) -> None:
    [cookie] = page.browser.get(f"{page.base}/").headers.get_list("set-cookie")
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))


def test_signing_out_leads_back_to_the_sign_in_of_this_stage(page: Deployed) -> None:
    base = page.base
    page.consents.connected = [connection()]
    listed = page.signed_in("/")
    [action] = [link for link in links(listed) if link.endswith("/sign-out")]
    token = re.search(rf'action="{action}".*?name="form_token" value="([^"]+)"', listed.text, re.DOTALL)
    assert token is not None
    out = page.browser.post(httpx.URL(base).join(action), data={"form_token": token[1]}, headers=OWN_FORM)
    assert links(out) == [f"{urlsplit(base).path}/sign-in"]
    assert page.browser.get(f"{base}/sign-in").status_code == 303


def event(**changes: Any) -> dict[str, Any]:
    return {**Recorded("", "GET /", 0, caller=None).event("consent-return"), **changes}


@pytest.mark.case("I05")
@pytest.mark.parametrize(
    "hosts", [[HOST, "evil.example"], ["evil.example", HOST], ["evil.example"], [f"{HOST}, {HOST}"], []], ids=str
)
def test_a_host_that_is_not_exactly_ours_is_refused(hosts: list[str]) -> None:
    app = create_app(settings_of_tests(base_url=URLS[0]), consents=FakeConsents())
    given = event()
    given["multiValueHeaders"] = {**given["multiValueHeaders"], "Host": hosts}
    with closing(RestBridge(app)) as bridge:
        assert bridge(given, LambdaContext())["statusCode"] == 421


def test_every_value_of_a_header_and_a_parameter_is_kept() -> None:
    given = event(
        multiValueHeaders={"X-One": ["1", "2"], "cookie": ["a=ü"]},
        multiValueQueryStringParameters={"state": ["a b&c=d", "ü"], "empty": [""]},
        path="/re%74urn",
    )
    scope = request_scope(given)
    assert scope["headers"] == [(b"x-one", b"1"), (b"x-one", b"2"), (b"cookie", "a=ü".encode())]
    assert scope["query_string"] == b"state=a+b%26c%3Dd&state=%C3%BC&empty="
    assert (scope["path"], scope["client"]) == ("/return", ("192.0.2.7", 0))


def test_an_event_without_multiple_values_has_single_ones() -> None:
    given = event(
        multiValueHeaders=None,
        headers={"Host": HOST},
        multiValueQueryStringParameters=None,
        queryStringParameters={"a": "1"},
    )
    scope = request_scope(given)
    assert (scope["headers"], scope["query_string"]) == ([(b"host", HOST.encode())], b"a=1")


@pytest.mark.parametrize(
    ("path", "seen"),
    [("/consent/return", "/return"), ("/consent", "/"), ("/return", "/return"), ("/consents", "/consents")],
)
def test_the_base_path_of_a_custom_domain_is_taken_off(path: str, seen: str) -> None:
    assert request_scope(event(path=path), "/consent")["path"] == seen


class Application:
    """Counts its lives; answers two cookies and bytes, or crashes."""

    def __init__(self, *, crash: bool = False, starts: bool = True) -> None:
        self.crash, self.starts, self.lives, self.requests = crash, starts, 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self.lives += 1
            await receive()
            await send({"type": f"lifespan.startup.{'complete' if self.starts else 'failed'}"})
            if self.starts:
                await receive()
            return
        self.requests += 1
        if self.crash:
            raise RuntimeError("canary-7719")
        headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"\x00", "more_body": True})
        await send({"type": "http.response.body", "body": b"\xff"})


def test_one_life_serves_all_requests_and_bytes_and_cookies_come_out() -> None:
    app = Application()
    with closing(RestBridge(app)) as bridge:
        for _ in range(3):
            assert bridge(event(), LambdaContext()) == {
                "statusCode": 201,
                "multiValueHeaders": {"set-cookie": ["a=1", "b=2"]},
                "body": "AP8=",
                "isBase64Encoded": True,
            }
    assert (app.lives, app.requests) == (1, 3)


def test_an_application_that_does_not_start_ends_the_function() -> None:
    with pytest.raises(StartFailed):
        RestBridge(Application(starts=False))


@pytest.mark.case("R08")
def test_a_crash_is_a_502_and_the_log_has_the_kind_of_the_error_alone(caplog: pytest.LogCaptureFixture) -> None:
    with closing(RestBridge(Application(crash=True))) as bridge:
        answer = bridge(event(), LambdaContext())
    assert (answer["statusCode"], answer["body"]) == (502, "")
    assert caplog.messages == [f"request=<{LambdaContext().aws_request_id}>, error=<RuntimeError> | handler failed"]
    assert "canary" not in caplog.text


@pytest.mark.case("R08")
def test_what_crashes_inside_the_application_tells_the_person_nothing(
    page: Deployed, caplog: pytest.LogCaptureFixture
) -> None:
    page.consents.refuse = RuntimeError("canary-7720")  # type: ignore[assignment]  # nothing that pages know
    answer = page.signed_in("/")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "canary" not in caplog.text


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield boto3.client("secretsmanager")


def test_the_function_starts_with_its_secrets_from_secrets_manager(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = {"client_secret": "client-secret-canary", "consent_state_key": KEY}
    secrets.create_secret(Name="coach/consent-return", SecretString=json.dumps(kept))
    module = started(
        "identity.consent_return.function",
        monkeypatch,
        CONSENT_RETURN_BASE_URL=URLS[0],
        CONSENT_RETURN_ISSUER=ISSUER,
        CONSENT_RETURN_REGION="eu-central-1",
        CONSENT_RETURN_SECRET_ID="coach/consent-return",
    )
    assert module.settings.consent_state_key.get_secret_value() == KEY
    with closing(module.handler) as handler, caplog.at_level(logging.INFO):
        answer = handler(event(path="/return"), LambdaContext())
    assert answer["statusCode"] == 400
    assert "Nothing was connected" in answer["body"]
