"""What goes over the wire to Verified Permissions, and that nothing but a clean ALLOW lets anybody in."""

import logging
import threading
from typing import Any

import pytest

from apis.routes.app import create_app
from apis.routes.settings import RoutesApiSettings
from apis.serving import verified_permissions
from apis.serving.authorization import DENIED, PolicyDecision
from apis.serving.errors import DecisionUnavailable
from apis.serving.verified_permissions import VerifiedPermissions, policy_store_client
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.issuer import FakeIssuer
from tests.support.policy_questions import FILES, question
from tests.support.policy_store import STORE, FakePolicyStore

ASKED = question("get /routes", "routes")


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unused")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    monkeypatch.setattr("time.sleep", lambda _: None)  # between attempts


@pytest.fixture
def issuer() -> FakeIssuer:
    return team_issuer("routes", scope="routes/read")


@pytest.fixture
def store(issuer: FakeIssuer) -> FakePolicyStore:
    return FakePolicyStore(issuer, FILES)


@pytest.fixture
def authorizer(issuer: FakeIssuer, store: FakePolicyStore) -> VerifiedPermissions:
    return VerifiedPermissions(issuer.verifier(), store.behind(policy_store_client("eu-central-1")), STORE)


def test_the_request_has_the_token_and_the_question_as_they_were_given(
    authorizer: VerifiedPermissions, store: FakePolicyStore, issuer: FakeIssuer
) -> None:
    token = issuer.token()
    decision = authorizer.is_authorized_with_token(token, ASKED)
    assert decision.allowed
    assert [store.names[policy] for policy in decision.policies] == ["routes-read"]
    request = {
        "policyStoreId": STORE,
        "accessToken": token,
        "action": ASKED.action,
        "resource": ASKED.resource,
        "context": ASKED.context,
        "entities": ASKED.entities,
    }
    assert store.requests == [("IsAuthorizedWithToken", request)]


UNANSWERED: list[tuple[dict[str, Any], str]] = [
    ({"throttled": 99}, "ThrottlingException"),
    ({"access_denied": True}, "AccessDeniedException"),
    ({"store_deleted": True}, "ResourceNotFoundException"),
    ({"unreachable": True}, "EndpointConnectionError"),
    ({"silent": True}, "ReadTimeoutError"),
]
UNDECIDED: list[tuple[dict[str, Any], str]] = [
    ({"client_ids": ("another",)}, "ValidationException"),
    ({"undecided": True}, "no decision"),
    ({"fails_evaluating": True}, "evaluation errors"),
    ({"garbage": "{}"}, "no decision"),
    ({"garbage": ""}, "no decision"),
    ({"garbage": "<html>"}, "no decision"),
    ({"garbage": '{"decision": "allow"}'}, "no decision"),
    ({"garbage": '{"decision": "ALLOW", "determiningPolicies": [], "errors": []}'}, "no decision"),
    ({"garbage": '{"decision": "ALLOW", "determiningPolicies": [{}]}'}, "no answer"),
    ({"garbage": '{"decision": "ALLOW", "determiningPolicies": 3}'}, "no answer"),
    ({"garbage": "[]"}, "no answer"),
    ({"garbage": "3"}, "no answer"),
    ({"garbage": '{"decision": "ALLOW", "determiningPolicies": [{}], "errors": [{}]}'}, "evaluation errors"),
]


@pytest.mark.case("P06")
@pytest.mark.parametrize(("knobs", "reason"), UNANSWERED, ids=lambda value: str(value)[:40])
def test_where_nobody_could_be_asked_nobody_is_let_in_and_it_is_not_called_a_denial(
    authorizer: VerifiedPermissions,
    store: FakePolicyStore,
    caplog: pytest.LogCaptureFixture,
    knobs: dict[str, Any],
    reason: str,
) -> None:
    token = store.issuer.token()
    for knob, value in knobs.items():
        setattr(store, knob, value)
    with caplog.at_level(logging.INFO), pytest.raises(DecisionUnavailable) as unavailable:
        authorizer.is_authorized_with_token(token, ASKED)
    assert str(unavailable.value) == reason
    assert unavailable.value.__suppress_context__
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("apis")]
    assert ours == [f"store=<{STORE}>, reason=<{reason}> | policy store does not answer"]
    assert "secret-of-the-message" not in caplog.text
    assert all(part not in caplog.text for part in token.split("."))


@pytest.mark.case("P06")
@pytest.mark.parametrize(("knobs", "reason"), UNDECIDED, ids=lambda value: str(value)[:40])
def test_an_answer_that_is_no_clean_allow_is_a_denial_that_says_why_and_quotes_nothing(
    authorizer: VerifiedPermissions,
    store: FakePolicyStore,
    caplog: pytest.LogCaptureFixture,
    knobs: dict[str, Any],
    reason: str,
) -> None:
    token = store.issuer.token()
    assert authorizer.is_authorized_with_token(token, ASKED).allowed
    for knob, value in knobs.items():
        setattr(store, knob, value)
    with caplog.at_level(logging.INFO):
        assert authorizer.is_authorized_with_token(token, ASKED) == DENIED
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("apis")]
    assert ours == [f"store=<{STORE}>, reason=<{reason}> | policy store did not decide, denied"]
    assert "secret-of-the-message" not in caplog.text
    assert all(part not in caplog.text for part in token.split("."))


def test_a_throttled_question_is_asked_again(
    authorizer: VerifiedPermissions, store: FakePolicyStore, issuer: FakeIssuer
) -> None:
    store.throttled = 1
    assert authorizer.is_authorized_with_token(issuer.token(), ASKED).allowed
    assert len(store.requests) == 2


@pytest.mark.case("I07")
def test_the_same_question_is_asked_every_time(
    authorizer: VerifiedPermissions, store: FakePolicyStore, issuer: FakeIssuer
) -> None:
    token = issuer.token()
    for _ in range(3):
        assert authorizer.is_authorized_with_token(token, ASKED).allowed
    store.missing_policies = frozenset({"routes-read"})
    assert authorizer.is_authorized_with_token(token, ASKED) == PolicyDecision(allowed=False, policies=())
    assert len(store.requests) == 4


@pytest.mark.case("X15")
def test_a_token_that_our_own_verifier_refuses_is_sent_nowhere(
    authorizer: VerifiedPermissions, store: FakePolicyStore, issuer: FakeIssuer
) -> None:
    for claims in ({"client_id": "coach-exchange"}, {"aud": "api-support"}, {"exp": 1}):
        assert authorizer.is_authorized_with_token(issuer.token(**claims), ASKED) == DENIED
    assert store.requests == []


async def test_the_question_waits_on_another_thread(
    authorizer: VerifiedPermissions, issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def ask(*_: Any) -> PolicyDecision:
        threads.append(threading.get_ident())
        return DENIED

    monkeypatch.setattr(authorizer, "is_authorized_with_token", ask)
    await authorizer.is_authorized_with_token_async(issuer.token(), ASKED)
    assert threads != [threading.get_ident()]


async def test_an_api_with_a_policy_store_in_its_settings_is_decided_about_there(
    issuer: FakeIssuer, store: FakePolicyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified_permissions, "policy_store_client", lambda _: store.client())
    settings = RoutesApiSettings(**team_settings("routes"), policy_store_id=STORE, policy_store_region="eu-central-1")
    api = ApiClient(create_app(settings, fetch=issuer.fetch), issuer)
    assert (await api.get("/routes")).status_code == 200
    assert (await api.as_athlete("a2", scope="openid").get("/routes")).status_code == 403
    store.unreachable = True
    assert (await api.get("/routes")).status_code == 500
    assert [operation for operation, _ in store.requests] == ["IsAuthorizedWithToken"] * 2
