"""A consent from the question to the answer: who may give it, how it ends, and who else cannot."""

import html
import json
import logging
import re
import secrets
import sqlite3
import time
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError
from joserfc.jwk import RSAKey

from agent.terminal.access import COACH_SCOPES
from agent.terminal.discovery import discover
from agent.terminal.errors import SignInRefused
from agent.terminal.sign_in import answer_with_key, begin
from gateway_config.documents import filled
from identity.consent_state import seal
from local_agentcore.athletes import ATHLETES
from tests.support.consent_walk import OUTCOME
from tests.support.running_stack import RunningStack

CLUBS = "Which clubs am I in?"
ALLOW = re.compile(r"Allow The coach('s tools)? to use your account\?")
SESSION_URI = "urn:ietf:params:oauth:request_uri:"


def asked(stack: RunningStack, athlete: str) -> dict[str, Any]:
    """The consent that this athlete's question needs."""
    events = stack.ask(athlete, CLUBS)
    wanted = [event for event in events if event["type"] == "consent_required"]
    assert len(wanted) == 1, events
    return wanted[0]


def begun_by_us(stack: RunningStack, athlete: str, scopes: tuple[str, ...]) -> str:
    """The page of a consent to these scopes, asked for as the gateway's code asks, or the coach's in direct mode."""
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    user = stack.token(athlete, stack.asking, scopes=COACH_SCOPES if stack.asking == "coach" else ("activities/read",))
    made = operator.get_workload_access_token_for_jwt(workloadName=stack.asking, userToken=user)
    subject = next(one for one in ATHLETES if one.username == athlete).subject(stack.blueprint.issuer)
    key = stack.blueprint.keys.consent_state_key.encode()
    answer = stack.boto3_client("bedrock-agentcore", stack.asking).get_resource_oauth2_token(
        workloadIdentityToken=made["workloadAccessToken"],
        resourceCredentialProviderName=f"{stack.asking}-federation",
        oauth2Flow="USER_FEDERATION",
        scopes=list(scopes),
        audiences=["mcp-socials"],
        resourceOauth2ReturnUrl=f"{stack.endpoints['consent_return']}/return",
        customState=seal(key, issuer=stack.blueprint.issuer, subject=subject, now=time.time()),
    )
    return str(answer["authorizationUrl"])


def answered(stack: RunningStack, athlete: str) -> bool:
    """Whether the question about clubs is answered without asking for consent."""
    events = stack.ask(athlete, CLUBS)
    wanted = [event for event in events if event["type"] == "consent_required"]
    results = [event["status"] for event in events if event["type"] == "tool_end"]
    assert bool(wanted) != ("success" in results)
    return not wanted


def test_an_athlete_agrees_at_the_browser_and_the_same_question_is_answered(stack: RunningStack) -> None:
    event = asked(stack, "aiko")
    assert event["provider"] == f"{stack.asking}-federation"
    assert event["scopes"] == ["socials/read"]
    with stack.person("aiko") as aiko:
        page = aiko.open(event["url"])
        again = aiko.http.get(next(url for url in aiko.seen if "/return?" in url))
    assert page.status_code == 200
    assert page.headers[OUTCOME] == "linked"
    assert "Socials" in page.text
    assert "See your clubs, kudos and comments" in page.text
    # Two decisions: at the other issuer for the coach, at the own one for the page itself.
    assert ["The coach" in one for one in aiko.decided] == [True, False]
    assert answered(stack, "aiko")
    assert again.headers[OUTCOME] == "expired"


@pytest.mark.case("V18")
def test_the_url_carries_nothing_but_a_random_name_and_leads_to_the_vault(stack: RunningStack) -> None:
    url = urlsplit(asked(stack, "me")["url"])
    assert f"{url.scheme}://{url.netloc}" == stack.blueprint.ports.url("data_plane")
    [(name, [value])] = parse_qs(url.query).items()
    assert name == "request_uri"
    assert len(value.removeprefix(SESSION_URI)) >= 22  # 128 bit


@pytest.mark.case("V13")
def test_nothing_that_a_browser_carries_is_in_logs_traces_or_databases(
    stack: RunningStack, caplog: pytest.LogCaptureFixture
) -> None:
    for ours in ("agent", "identity", "local_agentcore"):
        caplog.set_level(logging.DEBUG, logger=ours)
    with stack.person("jonas") as jonas:
        page = jonas.open(begun_by_us(stack, "jonas", ("socials/write", "socials/read")))
    assert page.headers[OUTCOME] == "linked"
    carried = {
        value
        for url in jonas.seen
        for name, values in parse_qs(urlsplit(url).query).items()
        if name in {"code", "state", "session_id", "request_uri"}
        for value in values
    }
    assert len(carried) >= 5
    places = {"log": caplog.text.encode()}
    for folder in ("logs", "traces", "data"):
        places |= {path.name: path.read_bytes() for path in (stack.home / folder).rglob("*") if path.is_file()}
    found = [(value[:8], name) for value in carried for name, content in places.items() if value.encode() in content]
    assert found == []
    assert b"completed consent" in places["log"]
    assert b"/callback" in places["hops.jsonl"]


@pytest.mark.case("V21")
def test_an_athlete_who_refuses_is_told_so_and_nothing_is_connected(stack: RunningStack) -> None:
    # Both scopes at once: nobody ever agrees to that here, so the other issuer remembers nothing of it.
    wanted = begun_by_us(stack, "me", ("socials/read", "socials/write"))
    with stack.person("me", coach="deny") as me:
        page = me.open(wanted)
    [heading] = me.decided
    assert ALLOW.fullmatch(heading)
    assert page.status_code == 200
    assert page.headers[OUTCOME] == "declined"
    assert begun_by_us(stack, "me", ("socials/read", "socials/write")) != wanted
    assert not answered(stack, "me")


@pytest.mark.case("V01")
def test_another_athlete_cannot_complete_a_consent(stack: RunningStack) -> None:
    event = asked(stack, "me")
    with stack.person("jonas") as jonas:
        page = jonas.open(event["url"])
    assert page.status_code == 403
    assert page.headers[OUTCOME] == "another-user"
    assert "Jonas" in page.text
    assert not answered(stack, "me")


@pytest.mark.case("V01")
def test_the_vault_compares_too_when_the_page_is_passed_by(stack: RunningStack) -> None:
    session_uri, tokens = _landed(stack, "me"), {name: _page_token(stack, name) for name in ("jonas", "me")}
    page = stack.boto3_client("bedrock-agentcore", "consent-return")
    with pytest.raises(ClientError, match="AccessDenied"):
        page.complete_resource_token_auth(sessionUri=session_uri, userIdentifier={"userToken": tokens["jonas"]})
    # It is over for everybody, also for whoever began it.
    with pytest.raises(ClientError):
        page.complete_resource_token_auth(sessionUri=session_uri, userIdentifier={"userToken": tokens["me"]})
    assert not answered(stack, "me")


@pytest.mark.case("V04")
def test_without_a_session_of_the_application_the_page_asks_to_sign_in_first(stack: RunningStack) -> None:
    state = "v1.1.a.b.c"
    url = f"{stack.endpoints['consent_return']}/return"
    answer = httpx.get(url, params={"session_id": SESSION_URI + "a" * 43, "state": state}, trust_env=False)
    assert answer.status_code == 303
    to = urlsplit(answer.headers["location"])
    assert f"{to.scheme}://{to.netloc}" == stack.blueprint.ports.url("authorization_server")
    assert parse_qs(to.query)["client_id"] == ["consent-return"]
    assert state not in answer.headers["location"]


@pytest.mark.case("V27")
@pytest.mark.parametrize("state", [None, "v1.9999999999.bm9uY2U.b3duZXI.c2ln"], ids=["none", "made-up"])
def test_a_landing_without_the_applications_state_is_refused(stack: RunningStack, state: str | None) -> None:
    landed = _landed(stack, "me")
    given = {"session_id": landed} | ({"state": state} if state else {})
    with stack.person("me") as me:
        page = me.open(f"{stack.endpoints['consent_return']}/return?{httpx.QueryParams(given)}")
    assert page.status_code == 400
    assert page.headers[OUTCOME] == "failed"
    assert not answered(stack, "me")


def test_a_landing_that_comes_too_late_says_so(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    event = asked(stack, "me")
    with stack.person("me") as me:
        now = time.time()
        with monkeypatch.context() as later:
            later.setattr("identity.consent_state.LIFETIME_S", -1)
            late = me.open(event["url"])
        assert time.time() - now < 60
    assert late.headers[OUTCOME] == "expired"
    assert not answered(stack, "me")


@pytest.mark.case("S12")
@pytest.mark.parametrize(
    "principal", ["front", "operator", "coach", "gateway", "mcp-activities", "mcp-socials", "mcp-routes"]
)
def test_no_other_key_can_complete_a_consent(stack: RunningStack, principal: str) -> None:
    user = {"userToken": stack.token("me")}
    client = stack.boto3_client("bedrock-agentcore", principal)
    with pytest.raises(ClientError) as refused:
        client.complete_resource_token_auth(sessionUri=SESSION_URI + "a" * 43, userIdentifier=user)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    # And the one that may gets as far as being told that there is no such consent.
    page = stack.boto3_client("bedrock-agentcore", "consent-return")
    with pytest.raises(ClientError) as other:
        page.complete_resource_token_auth(
            sessionUri=SESSION_URI + "a" * 43, userIdentifier={"userToken": _page_token(stack, "me")}
        )
    assert other.value.response["Error"]["Code"] != "AccessDeniedException"


@pytest.mark.case("X15")
def test_the_vault_believes_tokens_of_the_consent_page_alone(stack: RunningStack) -> None:
    clients = {client.client_id for client in stack.blueprint.hops.clients}
    page = stack.boto3_client("bedrock-agentcore", "consent-return")

    def code(client_id: str, audience: str) -> str:
        issuer = stack.issuer(audience, client_id=client_id, scope="connections/write")
        with pytest.raises(ClientError) as refused:
            page.complete_resource_token_auth(
                sessionUri=SESSION_URI + "a" * 43, userIdentifier={"userToken": issuer.token()}
            )
        return str(refused.value.response["Error"]["Code"])

    good = code("consent-return", "token-vault")
    assert good != "UnauthorizedException"
    for outsider in sorted(clients - {"consent-return"}):
        assert code(outsider, "token-vault") == "UnauthorizedException", outsider
    for row in stack.blueprint.hops.resource_servers:
        if row.name != "vault":
            assert code("consent-return", row.audiences[0]) == "UnauthorizedException", row.name


@pytest.mark.case("V29")
@pytest.mark.parametrize(
    ("client_id", "pool", "audience", "scope"),
    [
        ("coach-federation", "socials", "mcp-socials", "socials/read"),
        ("gateway-federation", "socials", "mcp-socials", "socials/read"),
        ("consent-return", "coach", "token-vault", "connections/write"),
    ],
)
def test_a_key_file_alone_consents_to_nothing(
    stack: RunningStack, client_id: str, pool: str, audience: str, scope: str
) -> None:
    """The ordinary sign-in of this computer, which a pipe, `--yes` and the agent could make, is refused."""
    key = (stack.home / "keys" / "athletes" / "me.pem").read_bytes()
    [template] = stack.blueprint.hops.client(client_id, pool=pool).redirect_uris
    redirect_uri = filled(template, stack.blueprint.public_placeholders())
    with httpx.Client(trust_env=False) as http:
        server = discover(http, stack.blueprint.issuer_of(pool))
        parameters = {**begin(client_id, audience, (scope,)).parameters, "redirect_uri": redirect_uri}
        with pytest.raises(SignInRefused, match="did not accept the key"):
            answer_with_key(http, server, tuple(parameters.items()), "me", key)
        # With a confirmation that was typed on a terminal, the same request is answered.
        answer = answer_with_key(http, server, tuple(parameters.items()), "me", key, typed=True)
    assert answer.startswith(f"{redirect_uri}?code=")


@pytest.mark.case("P17")
def test_the_same_subject_in_both_pools_is_never_one_person(stack: RunningStack) -> None:
    """A token of pool coach that carries maya's subject of pool socials reaches nothing of hers, and so backwards."""
    maya = next(athlete for athlete in ATHLETES if athlete.username == "maya")
    subjects = {pool: maya.subject(stack.blueprint.issuer_of(pool)) for pool in ("coach", "socials")}
    assert subjects["coach"] != subjects["socials"]
    coach = stack.issuer("api-activities", client_id="mcp-activities-exchange", scope="activities/read")
    socials = stack.issuer("api-socials", client_id="mcp-socials-exchange", scope="socials/read")

    def count(url: str, token: str) -> int:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        assert answer.status_code == 200, answer.text
        [items] = [value for value in answer.json().values() if isinstance(value, list)]
        return len(items)

    clubs, activities = (
        stack.endpoints["apis"][team] + path for team, path in (("socials", "/clubs"), ("activities", "/activities"))
    )
    assert count(clubs, socials.token(sub=subjects["socials"])) > 0
    assert count(clubs, socials.token(sub=subjects["coach"])) == 0
    assert count(activities, coach.token(sub=subjects["coach"])) > 0
    assert count(activities, coach.token(sub=subjects["socials"])) == 0


@pytest.mark.case("N52")
@pytest.mark.parametrize(("audience", "pool"), [("mcp-socials", "coach"), ("mcp-activities", "socials")])
def test_a_token_of_the_other_issuer_with_the_same_kid_and_subject_is_refused(
    stack: RunningStack, audience: str, pool: str
) -> None:
    team = audience.removeprefix("mcp-")
    client = stack.blueprint.hops.resource_server(audience).upstream_clients[0]
    good = stack.issuer(audience, client_id=client, scope=f"{team}/read")
    theirs = stack.signing_key("access", pool)
    document = {name: value for name, value in theirs.as_dict(private=True).items() if value is not None}
    same_name = RSAKey.import_key(document | {"kid": str(good.access_key.kid)})
    header = good.header()
    tokens = {
        "good": good.token(),
        "their key under our kid": good.sign(header, json.dumps(good.claims()).encode(), same_name),
        "their issuer, our key": good.token(iss=stack.blueprint.issuer_of(pool)),
        "all theirs": good.sign(
            header | {"kid": theirs.kid},
            json.dumps(good.claims(iss=stack.blueprint.issuer_of(pool))).encode(),
            theirs,
        ),
    }
    statuses = {name: _listing(stack, team, token) for name, token in tokens.items()}
    assert statuses == {name: 200 if name == "good" else 401 for name in tokens}


def _listing(stack: RunningStack, team: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    return httpx.post(stack.endpoints["mcp"][team], json=body, headers=headers, trust_env=False).status_code


def _landed(stack: RunningStack, athlete: str) -> str:
    """A consent that came back to the vault with its code and waits to be completed: its session."""
    event = asked(stack, athlete)
    with stack.person(athlete) as person:
        page = person.http.get(event["url"])
        while "/return?" not in page.headers.get("location", ""):
            page = person.step(page)
    return parse_qs(urlsplit(page.headers["location"]).query)["session_id"][0]


def _page_token(stack: RunningStack, athlete: str) -> str:
    """What the consent page holds after this athlete's sign-in there."""
    subject = next(one for one in ATHLETES if one.username == athlete).subject(stack.blueprint.issuer)
    issuer = stack.issuer("token-vault", client_id="consent-return", scope="openid connections/write")
    return issuer.token(sub=subject, username=athlete, jti=secrets.token_urlsafe(8))


@pytest.mark.case("V15")
def test_disconnecting_gives_the_permission_back_and_the_next_question_asks_again(stack: RunningStack) -> None:
    stack.connect_socials("jonas")
    assert answered(stack, "jonas")
    assert _live_authorizations(stack, "jonas") > 0
    with stack.person("jonas") as jonas:
        listed = jonas.open(stack.endpoints["consent_return"])
        assert "Socials" in listed.text
        assert "See your clubs, kudos and comments" in listed.text
        [link] = re.findall(r'href="(/disconnect[^"]+)"', listed.text)
        asks = jonas.open(urljoin(stack.endpoints["consent_return"], html.unescape(link)))
        which = {name: values[0] for name, values in parse_qs(urlsplit(html.unescape(link)).query).items()}
        done = jonas.press(asks, "Disconnect", **which, decision="disconnect")
        assert done.status_code == 200
        assert "is disconnected" in done.text
        assert "Nothing is connected" in done.text
    assert _live_authorizations(stack, "jonas") == 0
    event = asked(stack, "jonas")
    with stack.person("jonas") as again:
        again.open(event["url"])
    assert ALLOW.fullmatch(again.decided[0])
    assert answered(stack, "jonas")


def _live_authorizations(stack: RunningStack, username: str) -> int:
    """What the socials issuer still honours of this athlete's consents to us."""
    subject = next(one for one in ATHLETES if one.username == username).subject(stack.blueprint.issuer_of("socials"))
    query = (
        "SELECT count(*) FROM authorizations JOIN refresh_tokens ON authorization_id = id"
        " WHERE sub = ? AND client_id = ? AND revoked_at IS NULL AND used_at IS NULL"
    )
    with closing(sqlite3.connect(stack.blueprint.database("authorization_server"))) as database:
        [count] = database.execute(query, (subject, f"{stack.asking}-federation")).fetchone()
    return int(count)
