"""The decisions of `gateway_config/decisions/apis`, by the authorizer that has the files, with signed tokens."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apis.serving.api_policies import ApiPolicies
from apis.serving.cedar_local import CedarLocal
from gateway_config.decision_files import APIS, ApiDecision, api_decisions
from gateway_config.errors import ConfigInvalid, ConfigUnreadable
from gateway_config.replay_decisions import main
from tests.support.issuer import FakeIssuer
from tests.support.policy_questions import FILES, operations, question
from tests.support.policy_store import STORE, FakePolicyStore

DECISIONS = list(api_decisions())
POLICIES = ApiPolicies(FILES)


@pytest.mark.parametrize(("allowed", "decision"), [pytest.param(*one, id=name) for name, *one in DECISIONS])
def test_the_policies_decide_as_the_file_says(allowed: bool, decision: ApiDecision) -> None:
    claims = decision.claims
    issuer = FakeIssuer(audience=f"api-{decision.resource}", client_id=claims["client_id"])
    token = issuer.token(**{"username": None, "auth_time": None, **claims})
    asked = question(decision.action, decision.resource, context=decision.context)
    found = CedarLocal(issuer.verifier(), POLICIES).is_authorized_with_token(token, asked)
    assert (found.allowed, list(found.policies)) == (allowed, decision.policies)


def test_every_policy_decides_a_file_and_is_shown_on_both_sides_of_its_edge() -> None:
    assert {policy for _, _, decision in DECISIONS for policy in decision.policies} == POLICIES.ids
    for kind in (True, False):
        shown = {
            policy
            for _, allowed, decision in DECISIONS
            if allowed == kind
            for policy in (*decision.policies, *decision.unmatched)
        }
        assert POLICIES.ids - shown == set(), "ALLOW" if kind else "DENY"
    assert not [name for name, _, decision in DECISIONS if set(decision.policies) & set(decision.unmatched)]


def test_every_action_is_allowed_to_somebody_and_every_api_denies_something() -> None:
    allowed = {(decision.resource, decision.action) for _, kind, decision in DECISIONS if kind}
    assert allowed == set(operations())
    assert {decision.action for _, kind, decision in DECISIONS if kind} == {
        action for action in FILES.actions if "/" in action
    }
    denied = {decision.resource for _, kind, decision in DECISIONS if not kind}
    assert denied == {"activities", "routes", "socials", "support"}


def test_files_are_named_after_the_api_that_they_are_about() -> None:
    assert not [name for name, _, decision in DECISIONS if not name.partition("/")[2].startswith(decision.resource)]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", ConfigUnreadable),
        ("{}", ConfigInvalid),
        ('{"claims": {}, "action": 1, "resource": "x", "context": {}, "policies": []}', ConfigInvalid),
        ('{"claims": {}, "action": "a", "resource": "x", "context": {}, "policies": [], "police": []}', ConfigInvalid),
    ],
)
def test_a_file_that_is_no_decision_is_named(tmp_path: Path, content: str, error: type[Exception]) -> None:
    (tmp_path / "DENY").mkdir()
    (tmp_path / "DENY" / "broken.json").write_text(content, encoding="utf-8")
    with pytest.raises(error, match="DENY/broken"):
        list(api_decisions(tmp_path))


# Replayed on AWS


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # between attempts


@pytest.fixture
def store() -> FakePolicyStore:
    return FakePolicyStore(FakeIssuer(), FILES)


Replay = Callable[..., int]


@pytest.fixture
def replay(store: FakePolicyStore) -> Replay:
    def run(*arguments: str) -> int:
        given = ["--policy-store-id", STORE, "--region", "eu-central-1", *arguments]
        return main(given, lambda region: store.client() if region == "eu-central-1" else None)

    return run


def test_a_store_that_was_filled_with_the_files_decides_as_they_say(
    replay: Replay, store: FakePolicyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay() == 0
    assert capsys.readouterr().out == f"{len(DECISIONS)} decisions, 0 differ\n"
    asked = [given for operation, given in store.requests if operation == "IsAuthorized"]
    assert len(asked) == len(DECISIONS)
    assert {operation for operation, _ in store.requests} == {"ListIdentitySources", "ListPolicies", "IsAuthorized"}


def test_the_principal_has_its_groups_and_the_claims_are_in_the_context(
    replay: Replay, store: FakePolicyStore, tmp_path: Path
) -> None:
    name = "DENY/socials_minors_write_no_comments.json"
    (tmp_path / "DENY").mkdir()
    shutil.copy(APIS / name, tmp_path / name)
    assert replay("--folder", str(tmp_path)) == 0
    [given] = [given for operation, given in store.requests if operation == "IsAuthorized"]
    assert given["principal"] == {"entityType": "Coach::User", "entityId": "coach|athlete-1"}
    [user, api] = json.loads(given["entities"]["cedarJson"])
    assert user["parents"] == [{"type": "Coach::UserGroup", "id": "coach|minors"}]
    assert api["uid"] == {"type": "Coach::Api", "id": "socials"}
    token = json.loads(given["context"]["cedarJson"])["token"]
    assert (token["iss"], token["scope"]) == ("http://issuer.test/coach", ["socials/read", "socials/write"])


def test_a_policy_that_is_missing_in_the_store_is_found_by_the_decisions_that_it_makes(
    replay: Replay, store: FakePolicyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store.missing_policies = frozenset({"socials-no-comments-of-minors"})
    assert replay() == 1
    assert capsys.readouterr().out.splitlines() == [
        "DENY/socials_minors_write_no_comments: ALLOW by socials-write and not DENY by socials-no-comments-of-minors",
        f"{len(DECISIONS)} decisions, 1 differ",
    ]


def test_evaluation_errors_are_differences(replay: Replay, store: FakePolicyStore) -> None:
    store.fails_evaluating = True
    assert replay() == 1


def test_policies_without_names_are_told_by_their_ids(
    replay: Replay, store: FakePolicyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store.unnamed = True
    assert replay() == 1
    assert "ALLOW by SP0000" in capsys.readouterr().out


OPENID = {"openIdConnectConfiguration": {"issuer": "https://issuer.test", "tokenSelection": {"accessTokenOnly": {}}}}


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"access_denied": True}, "AccessDeniedException"),
        ({"store_deleted": True}, "ResourceNotFoundException"),
        ({"unreachable": True}, "Could not connect"),
        ({"other_source": {"principalEntityType": "Other::User"}}, "makes Other::User"),
        ({"other_source": {"configuration": OPENID}}, "a Cognito user pool"),
    ],
    ids=str,
)
def test_a_store_that_cannot_be_asked_is_no_difference(
    replay: Replay, store: FakePolicyStore, capsys: pytest.CaptureFixture[str], knobs: dict[str, Any], said: str
) -> None:
    for knob, value in knobs.items():
        setattr(store, knob, value)
    assert replay() == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_decisions_is_an_error(replay: Replay, tmp_path: Path) -> None:
    assert replay("--folder", str(tmp_path)) == 2
