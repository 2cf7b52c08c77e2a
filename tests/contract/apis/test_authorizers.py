"""One behaviour of the APIs' authorizer, from the policy files and from Verified Permissions alike."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from apis.serving.api_policies import ApiPolicies
from apis.serving.authorization import Authorizer
from apis.serving.cedar_local import CedarLocal
from apis.serving.policy_files import GROUP, USER, PolicyFiles
from apis.serving.verified_permissions import VerifiedPermissions
from identity.revocations import LONGEST_AGE_S
from identity.signing_keys import JwksCache
from identity.tokens import Verifier
from tests.support.api_client import POLICIES, team_issuer
from tests.support.issuer import FakeIssuer, rsa_key
from tests.support.policy_questions import FILES, NOW, files_of, operations, question
from tests.support.policy_store import STORE, FakePolicyStore

ALL_SCOPES = " ".join(
    f"{team}/{verb}" for team in ("activities", "routes", "socials", "support") for verb in ("read", "write")
)
CLIENT = "mcp-activities-exchange"
DELETE = "delete /activities/{activity_id}"
COMMENT = "post /activities/{activity_id}/comments"


def in_groups(*names: str) -> dict[str, Any]:
    """Claims."""
    return {"cognito:groups": list(names)}


@dataclass
class World:
    """One authorizer and the issuer of its tokens.

    Knobs:
        revoked: Sign-ins that the issuer has ended.
        now: Monotonic seconds of the verifier.
    """

    implementation: str
    files: PolicyFiles = FILES
    issuer: FakeIssuer = field(default_factory=lambda: team_issuer("activities", scope=ALL_SCOPES))
    revoked: list[str] = field(default_factory=list)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.store = FakePolicyStore(self.issuer, self.files)
        verifier = Verifier(
            self.issuer.trust(), JwksCache(self.issuer.issuer, fetch=self._fetch, clock=lambda: self.now)
        )
        self.authorizer: Authorizer = (
            CedarLocal(verifier, ApiPolicies(self.files))
            if self.implementation == "CedarLocal"
            else VerifiedPermissions(verifier, self.store.client(), STORE)
        )

    def ask(
        self, action: str, api: str, *, token: str | None = None, context: Any = None, entities: Any = (), **claims: Any
    ) -> tuple[bool, tuple[str, ...]]:
        """The decision, with the policies' own ids."""
        given = self.issuer.token(**claims) if token is None else token
        found = self.authorizer.is_authorized_with_token(
            given, question(action, api, context=context, entities=entities)
        )
        names = {**self.store.names, **{name: name for name in self.store.names.values()}}
        return found.allowed, tuple(sorted(names[policy] for policy in found.policies))

    def _fetch(self, url: str) -> dict[str, Any]:
        if url.endswith("/revoked"):
            return {"revoked": list(self.revoked)}
        document = self.issuer.fetch(url)
        more = {"revoked_tokens_uri": f"{self.issuer.issuer}/revoked"}
        return {**document, **more} if url.endswith("openid-configuration") else document


@pytest.fixture(params=["CedarLocal", "VerifiedPermissions"])
def implementation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(implementation: str) -> World:
    return World(implementation)


DENIED: tuple[bool, tuple[str, ...]] = (False, ())


def test_a_permit_decides_where_its_scope_was_granted(world: World) -> None:
    assert world.ask("get /summary", "activities", scope="activities/read openid") == (True, ("activities-read",))
    assert world.ask("patch /athlete", "activities", scope="activities/write") == (True, ("activities-write",))


@pytest.mark.case("P02")
@pytest.mark.case("P04")
@pytest.mark.parametrize("scope", ["activities/readwrite", "xactivities/read", "ACTIVITIES/READ", "routes/read", ""])
def test_without_exactly_the_scope_nothing_permits(world: World, scope: str) -> None:
    assert world.ask("get /summary", "activities", scope=scope) == DENIED


@pytest.mark.case("P04")
def test_an_action_outside_the_schema_is_denied_whatever_was_granted(world: World) -> None:
    assert world.ask("get /nothing", "activities") == DENIED


@pytest.mark.case("P05")
def test_a_client_that_speaks_for_itself_has_a_principal_too_and_is_forbidden_what_is_an_athletes(world: World) -> None:
    itself = {"sub": CLIENT, "username": None}
    assert world.ask("get /summary", "activities", **itself) == (False, ("activities-need-an-athlete",))
    assert world.ask("get /tickets", "support", **itself) == (False, ("support-tickets-need-an-athlete",))
    assert world.ask("get /routes", "routes", **itself) == (True, ("routes-read",))


@pytest.mark.case("P12")
def test_the_principal_of_person_and_client_is_pool_and_subject(implementation: str) -> None:
    policy = '@id("one") permit (principal == Coach::User::"coach|{}", action, resource);'
    for subject in ("athlete-sub-1", CLIENT):
        world = World(implementation, files_of(policy.format(subject)))
        assert world.ask("get /summary", "activities", sub=subject) == (True, ("one",))
        assert world.ask("get /summary", "activities", sub="somebody-else") == DENIED


@pytest.mark.case("P05")
def test_viewers_look_at_activities_and_routes_and_do_nothing_else_whatever_their_scopes(world: World) -> None:
    allowed = {
        (api, action) for api, action in operations() if world.ask(action, api, **in_groups("athletes", "viewers"))[0]
    }
    assert allowed == {
        ("activities", "get /activities"),
        ("activities", "get /activities/{activity_id}"),
        ("activities", "get /summary"),
        ("routes", "get /routes"),
        ("routes", "get /routes/{route_id}"),
    }
    everybody = {(api, action) for api, action in operations() if world.ask(action, api)[0]}
    assert everybody == set(operations())


def test_being_a_viewer_replaces_no_scope(world: World) -> None:
    viewer = in_groups("viewers")
    assert world.ask("get /summary", "activities", scope="routes/read", **viewer) == DENIED
    assert world.ask("patch /athlete", "activities", scope="openid", **viewer) == (False, ("viewers-only-look",))


def test_minors_give_kudos_and_write_no_comments(world: World) -> None:
    minor = in_groups("minors")
    assert world.ask(COMMENT, "socials", **minor) == (False, ("socials-no-comments-of-minors",))
    assert world.ask(COMMENT, "socials") == (True, ("socials-write",))
    assert world.ask("post /activities/{activity_id}/kudos", "socials", **minor) == (True, ("socials-write",))


@pytest.mark.parametrize("groups", [["minors2"], ["Minors"], ["coach|minors"], ["x|minors"], ['minors", "x'], []])
def test_a_group_of_a_similar_name_is_another_group(world: World, groups: list[str]) -> None:
    assert world.ask(COMMENT, "socials", **in_groups(*groups))[0]


@pytest.mark.parametrize(("signed_in_s_ago", "allowed"), [(0, True), (604_800, True), (604_801, False), (-30, True)])
def test_a_deletion_needs_a_sign_in_of_the_last_seven_days(world: World, signed_in_s_ago: int, allowed: bool) -> None:
    found = world.ask(DELETE, "activities", auth_time=NOW - signed_in_s_ago)
    by = "activities-write" if allowed else "activities-deletions-need-a-recent-sign-in"
    assert found == (allowed, (by,))


def test_a_token_that_does_not_say_when_its_person_signed_in_deletes_nothing_and_still_changes(world: World) -> None:
    found = world.ask(DELETE, "activities", auth_time=None)
    assert found == (False, ("activities-deletions-need-a-recent-sign-in",))
    assert world.ask("patch /activities/{activity_id}", "activities", auth_time=None)[0]


@pytest.mark.case("P17")
def test_the_same_subject_and_the_same_group_in_another_pool_are_others(implementation: str) -> None:
    policies = """@id("person") permit (principal == Coach::User::"coach|athlete-sub-1", action, resource);
        @id("group") permit (principal in Coach::UserGroup::"coach|viewers", action, resource);"""
    claims = {"sub": "athlete-sub-1", **in_groups("viewers")}
    here = World(implementation, files_of(policies))
    assert here.ask("get /routes", "routes", **claims) == (True, ("group", "person"))
    socials = team_issuer("activities", scope=ALL_SCOPES, issuer="http://issuer.test/socials")
    there = World(implementation, files_of(policies, "socials"), socials)
    assert there.ask("get /routes", "routes", **claims) == DENIED
    assert here.ask("get /routes", "routes", token=socials.token(**claims)) == DENIED


@pytest.mark.case("I07")
def test_no_decision_of_one_athlete_route_or_token_is_used_for_another(world: World) -> None:
    tokens = {
        "reader": world.issuer.token(sub="a1", scope="activities/read"),
        "writer": world.issuer.token(sub="a2", scope="activities/write"),
        "viewer": world.issuer.token(sub="a1", scope="activities/read", **in_groups("viewers")),
    }
    expected = {
        ("reader", "get /athlete"): True,
        ("reader", "patch /athlete"): False,
        ("writer", "get /athlete"): False,
        ("writer", "patch /athlete"): True,
        ("viewer", "get /athlete"): False,
        ("viewer", "patch /athlete"): False,
    }
    for _ in range(2):
        for (who, action), allowed in [*expected.items(), *reversed(expected.items())]:
            assert world.ask(action, "activities", token=tokens[who])[0] == allowed, (who, action)
    assert world.ask("get /athlete", "socials", token=tokens["reader"]) == DENIED


@pytest.mark.case("X15")
@pytest.mark.parametrize("client_id", ["coach-exchange", "mcp-routes-exchange", "terminal"])
def test_a_token_of_a_client_that_does_not_stand_before_this_api_is_denied(world: World, client_id: str) -> None:
    assert world.ask("get /summary", "activities", client_id=client_id) == DENIED


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1}, {"aud": "api-routes"}, {"iss": "http://issuer.test/other"}, {"token_use": "id"}, {"sub": None}],
    ids=lambda claims: next(iter(claims)),
)
def test_a_token_that_is_not_for_this_api_is_denied(world: World, claims: dict[str, Any]) -> None:
    assert world.ask("get /summary", "activities", **claims) == DENIED


def test_a_token_signed_by_somebody_else_is_denied(world: World) -> None:
    forged = FakeIssuer(**{**vars(world.issuer), "access_key": rsa_key("attacker")})
    assert world.ask("get /summary", "activities", token=forged.token(header={"kid": "access-1"})) == DENIED
    assert world.ask("get /summary", "activities", token="no token at all") == DENIED


@pytest.mark.case("N53")
def test_a_revoked_token_is_denied_although_it_has_not_expired(world: World) -> None:
    token = world.issuer.token(origin_jti="sign-in-1")
    assert world.ask("get /summary", "activities", token=token)[0]
    world.revoked.append("sign-in-1")
    world.now += LONGEST_AGE_S + 0.1
    assert world.ask("get /summary", "activities", token=token) == DENIED


def test_while_the_issuers_keys_were_never_read_everything_is_denied(world: World) -> None:
    world.issuer.down = True
    assert world.ask("get /summary", "activities") == DENIED


@pytest.mark.case("P06")
def test_a_policy_that_fails_denies_although_another_permits(implementation: str) -> None:
    policies = """@id("p1") permit (principal, action, resource);
        @id("p2") forbid (principal, action, resource)
        when { 9223372036854775807 + (if context.token.scope.contains("a") then 1 else 0) < 0 };"""
    world = World(implementation, files_of(policies))
    assert world.ask("get /routes", "routes", scope="b") == (True, ("p1",))
    assert world.ask("get /routes", "routes", scope="a") == DENIED


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"context": {"request_time": NOW, "token": {"scope": ["activities/read"]}}}, id="token"),
        pytest.param({"context": {}}, id="no-time"),
        pytest.param({"context": {"request_time": "now"}}, id="time-of-another-type"),
        pytest.param({"context": {"request_time": NOW, "more": 1}}, id="not-in-the-schema"),
        pytest.param(
            {"entities": [{"uid": {"type": USER, "id": "coach|athlete-sub-1"}, "attrs": {}, "parents": []}]},
            id="principal",
        ),
        pytest.param({"entities": [{"uid": {"type": GROUP, "id": "coach|x"}, "attrs": {}, "parents": []}]}, id="group"),
    ],
)
def test_principal_groups_and_claims_come_from_the_token_alone(world: World, given: dict[str, Any]) -> None:
    assert world.ask("get /summary", "activities")[0]
    assert world.ask("get /summary", "activities", **given) == DENIED


def test_the_resource_may_be_given_as_an_entity(world: World) -> None:
    api = {"uid": {"type": "Coach::Api", "id": "activities"}, "attrs": {}, "parents": []}
    assert world.ask("get /summary", "activities", entities=[api])[0]


async def test_asked_without_blocking_it_decides_the_same(world: World) -> None:
    async def asked(**claims: Any) -> bool:
        token = world.issuer.token(**claims)
        found = await world.authorizer.is_authorized_with_token_async(token, question("get /summary", "activities"))
        return found.allowed

    decisions = tuple(await asyncio.gather(asked(), asked(scope="openid"), asked(exp=1), asked()))
    assert decisions == (True, False, False, True)


def test_the_suite_runs_over_the_shipped_files() -> None:
    assert set(FakePolicyStore(team_issuer("activities"), PolicyFiles.read(POLICIES, "coach")).names.values()) == (
        ApiPolicies(FILES).ids
    )
