"""What the policy engine decides about calls and listings."""

import logging

import pytest

from gateway_config.errors import ConfigInvalid
from local_agentcore.gateway.policy.errors import PoliciesRefused
from tests.support.gateway_policies import SCOPE, caller, engine, policies, shipped_policies, team_tools, tool

SEARCH = tool("search", max_distance_m={"type": "number"}, text={"type": "string"})
DELETE = tool("delete", id={"type": "string"})
READ = (
    '@id("read") permit (principal, action == AgentCore::Action::"routes___search", GATEWAY) when { '
    + SCOPE.format("routes/read")
    + " };"
)
ANY = '@id("any") permit (principal, action in AgentCore::Action::"routes", GATEWAY);'


def forbid(condition: str, name: str = "no", action: str = 'action == AgentCore::Action::"routes___search"') -> str:
    return f'@id("{name}") forbid (principal, {action}, GATEWAY) when {{ {condition} }};'


@pytest.mark.case("P04")
def test_what_no_policy_permits_is_denied() -> None:
    decides = engine(READ, SEARCH, DELETE)
    assert decides.decide(caller("routes/read"), SEARCH, {}).allowed
    denied = decides.decide(caller("routes/read"), DELETE, {})
    assert (denied.allowed, denied.reason) == (False, "no-policy-permits")


@pytest.mark.case("P05")
def test_a_forbid_wins_over_every_permit_and_is_named() -> None:
    decides = engine(
        ANY + READ + forbid('principal.hasTag("client_id") && principal.getTag("client_id") == "x"'), SEARCH
    )
    assert decides.decide(caller("routes/read"), SEARCH, {}).allowed
    denied = decides.decide(caller("routes/read", client="x"), SEARCH, {})
    assert (denied.allowed, denied.reason) == (False, "no")


@pytest.mark.case("P01")
def test_a_missing_scope_is_said_if_it_is_all_that_is_missing() -> None:
    reading = tool("search").__class__(
        SEARCH.name, SEARCH.target, SEARCH.own_name, ("routes/read",), SEARCH.reads_only, SEARCH.document, {}
    )
    decides = engine(READ + forbid('principal.id == "blocked"'), SEARCH)
    assert decides.decide(caller(""), reading, {}).scopes == {"routes/read"}
    assert decides.decide(caller("", subject="blocked"), reading, {}).scopes == frozenset()


@pytest.mark.case("P02")
@pytest.mark.parametrize(
    "scope", ["routes/readwrite", "xroutes/read", "routes/readwrite xroutes/read", "ROUTES/READ", "routes/read2 a"]
)
def test_a_scope_is_a_whole_word(scope: str) -> None:
    assert not engine(READ, SEARCH).decide(caller(scope), SEARCH, {}).allowed


@pytest.mark.parametrize("scope", ["routes/read", "a routes/read", "routes/read b", "a routes/read b"])
def test_a_scope_is_found_at_every_place(scope: str) -> None:
    assert engine(READ, SEARCH).decide(caller(scope), SEARCH, {}).allowed


def test_arguments_are_compared_as_numbers() -> None:
    cap = 'context.input has max_distance_m && context.input.max_distance_m.greaterThan(decimal("40000.0"))'
    decides = engine(ANY + forbid(cap, "cap"), SEARCH)
    assert decides.decide(caller(), SEARCH, {"max_distance_m": 40_000}).allowed
    assert decides.decide(caller(), SEARCH, {}).allowed
    assert decides.decide(caller(), SEARCH, {"max_distance_m": 40_000.00001}).reason == "cap"


def test_arguments_that_do_not_fit_are_denied_and_not_written_down(caplog: pytest.LogCaptureFixture) -> None:
    denied = engine(ANY, SEARCH).decide(caller(), SEARCH, {"max_distance_m": "canary-4711"})
    assert (denied.allowed, denied.reason) == (False, "arguments-unfit")
    assert "canary-4711" not in caplog.text


@pytest.mark.case("P06")
def test_policies_that_could_fail_at_run_time_close_the_target() -> None:
    # Cedar skips a forbid that fails: this one would, whenever the argument is not there.
    unguarded = forbid('context.input.max_distance_m.greaterThan(decimal("1.0"))')
    assert not engine(ANY + unguarded, SEARCH).decide(caller(), SEARCH, {"max_distance_m": 0.5}).allowed
    untagged = forbid('principal.getTag("cognito:groups") == "x"')
    assert not engine(ANY + untagged, SEARCH).decide(caller(), SEARCH, {}).allowed


@pytest.mark.case("P06")
def test_an_evaluation_that_fails_is_a_denial(caplog: pytest.LogCaptureFixture) -> None:
    # No validation finds an overflow; without the check the permit alone would decide.
    count = tool("count", n={"type": "integer"})
    permit = '@id("any") permit (principal, action, GATEWAY);'
    overflow = forbid("context.input has n && context.input.n * 9223372036854775807 > 0", action="action")
    decides = engine(permit + overflow.replace("action,", 'action == AgentCore::Action::"routes___count",'), count)
    assert decides.decide(caller(), count, {"n": -1}).allowed
    with caplog.at_level(logging.ERROR):
        denied = decides.decide(caller(), count, {"n": 3})
    assert (denied.allowed, denied.reason) == (False, "policy-failed")
    assert "policy evaluation failed" in caplog.text


@pytest.mark.case("P07")
@pytest.mark.parametrize(
    "broken",
    [
        '@id("a") permit (principal, action == AgentCore::Action::"routes___missing", GATEWAY);',
        '@id("a") permit (principal, action, GATEWAY) when { principal.nothing == "x" };',
        READ.replace('"scope"', "scope", 1),
    ],
)
def test_a_broken_change_leaves_the_last_good_policies_in_force(broken: str) -> None:
    decides = engine(READ, SEARCH)
    with pytest.raises((PoliciesRefused, ConfigInvalid)):
        decides.replace_policies(policies(broken))
    assert decides.decide(caller("routes/read"), SEARCH, {}).allowed
    assert not decides.decide(caller(""), SEARCH, {}).allowed


def test_a_good_change_decides_from_then_on() -> None:
    decides = engine(READ, SEARCH)
    decides.replace_policies(policies(READ + forbid('principal.id == "athlete-1"')))
    assert not decides.decide(caller("routes/read"), SEARCH, {}).allowed


@pytest.mark.case("P08")
def test_a_tool_is_listed_if_some_arguments_could_be_permitted() -> None:
    cap = 'context.input has max_distance_m && context.input.max_distance_m.greaterThan(decimal("40000.0"))'
    only_short = ANY + forbid(cap, "cap") + forbid('principal.id == "blocked"')
    decides = engine(only_short, SEARCH)
    assert decides.may_list(caller(), SEARCH)
    assert not decides.may_list(caller(subject="blocked"), SEARCH)
    assert not engine(READ, SEARCH, DELETE).may_list(caller("routes/read"), DELETE)
    assert not engine(READ, SEARCH).may_list(caller("other/read"), SEARCH)


@pytest.mark.case("P12")
@pytest.mark.parametrize("subject", ['x" , resource == AgentCore::Gateway::"y', "x\\", 'admin", "x', "a\nb", "ü"])
def test_a_subject_is_data_and_never_cedar_text(subject: str) -> None:
    decides = engine(READ + forbid('principal.id == "admin"'), SEARCH)
    assert decides.decide(caller("routes/read", subject=subject), SEARCH, {}).allowed
    assert not decides.decide(caller("", subject=subject), SEARCH, {}).allowed
    assert not decides.may_list(caller("", subject=subject), SEARCH)
    assert not decides.may_list(caller("routes/read", subject=subject), SEARCH)  # in doubt it is not listed


def test_groups_are_words_and_one_with_a_blank_cannot_pass_for_another() -> None:
    minors = 'principal.hasTag("cognito:groups") && principal.getTag("cognito:groups") like "*minors*"'
    decides = engine(ANY + forbid(minors), SEARCH)
    assert not decides.decide(caller(groups=["runners", "minors"]), SEARCH, {}).allowed
    assert decides.decide(caller(groups=["runners"]), SEARCH, {}).allowed
    assert decides.decide(caller(groups=["not minors"]), SEARCH, {}).allowed


def test_log_only_lets_everything_through_and_says_what_it_would_deny(caplog: pytest.LogCaptureFixture) -> None:
    decides = engine(READ, SEARCH, DELETE, mode="LOG_ONLY")
    found = decides.decide(caller(), DELETE, {})
    assert (found.allowed, found.reason) == (True, "log-only: no-policy-permits")
    assert "ENFORCE would deny" in caplog.text
    assert decides.may_list(caller(), DELETE)


def test_a_policy_in_log_only_mode_decides_nothing_and_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    trial = '@enforcementMode("LOG_ONLY") ' + forbid('principal.id == "athlete-1"', "trial")
    decides = engine(ANY + trial, SEARCH)
    assert decides.decide(caller(), SEARCH, {}).allowed
    assert "LOG_ONLY policy would deny" in caplog.text
    assert not engine(ANY + trial.partition(") ")[2], SEARCH).decide(caller(), SEARCH, {}).allowed


def test_a_mistake_in_one_teams_policies_closes_that_team_alone() -> None:
    other = tool("list", of="socials")
    text = (
        ANY
        + '@id("s") permit (principal, action in AgentCore::Action::"socials", GATEWAY);'
        + '@id("bad") forbid (principal, action == AgentCore::Action::"routes___missing", GATEWAY);'
    )
    decides = engine(text, SEARCH, other)
    assert not decides.decide(caller(), SEARCH, {}).allowed
    assert decides.decide(caller(), other, {}).allowed


def test_a_policy_may_speak_of_several_teams_at_once() -> None:
    other = tool("list", of="socials")
    both = (
        '@id("both") permit (principal, action in [AgentCore::Action::"routes___search",'
        ' AgentCore::Action::"socials"], GATEWAY);'
    )
    decides = engine(both, SEARCH, DELETE, other)
    assert [decides.decide(caller(), each, {}).allowed for each in (SEARCH, DELETE, other)] == [True, False, True]


def test_a_tool_that_has_no_form_in_cedar_is_left_out_and_the_others_stay(caplog: pytest.LogCaptureFixture) -> None:
    decides = engine(ANY)
    free = tool("free", anything={"type": "object"})
    assert [each.own_name for each in decides.admit("routes", [free, SEARCH])] == ["search"]
    assert "has no form in Cedar" in caplog.text
    assert decides.decide(caller(), SEARCH, {}).allowed
    assert decides.decide(caller(), free, {}).reason == "unknown-tool"


@pytest.mark.parametrize("team", ["activities", "routes", "socials", "support"])
def test_the_shipped_policies_fit_the_published_tools_and_leave_none_out(team: str) -> None:
    tools = team_tools(team)
    decides = engine("")
    decides.replace_policies(shipped_policies())
    decides.admit(team, tools)
    everything = caller(" ".join(f"{team}/{right}" for right in ("read", "write")))
    assert [each.own_name for each in tools if not decides.may_list(everything, each)] == []
    nothing = caller("", client="somebody")
    assert [each.own_name for each in tools if decides.may_list(nothing, each)] == []
