"""What the policy engine remembers: for one token and one version of the policies, bounded, and never too much."""

from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from local_agentcore.gateway.policy import principal_memory, target_policies
from local_agentcore.gateway.policy.arguments_read import arguments_read
from local_agentcore.gateway.policy.target_policies import TargetPolicies
from tests.support.gateway_policies import SCOPE, caller, engine, policies, tool

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
SEARCH = tool("search", near=TEXT, length=NUMBER, tags={"type": "array", "items": TEXT})
PERMIT = '@id("read") permit (principal, action, GATEWAY) when { ' + SCOPE.format("routes/read") + " };"
CAP = '@id("cap") forbid (principal, action, GATEWAY) when {{ {0} }};'


class Asked:
    """Counts how often Cedar was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self._real = cedarpy.is_authorized
        monkeypatch.setattr(cedarpy, "is_authorized", self._count)

    def _count(self, *arguments: Any, **more: Any) -> Any:
        self.times += 1
        return self._real(*arguments, **more)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def cap(condition: str) -> str:
    return CAP.format(condition)


def test_a_call_that_differs_in_nothing_a_policy_looks_at_is_decided_once(asked: Asked) -> None:
    made = engine(PERMIT + cap("context.input has length && context.input.length > 40"), SEARCH)
    one = caller("routes/read")
    decided = [made.decide(one, SEARCH, {"near": near, "length": 10}).allowed for near in ("Berlin", "Bonn")]
    assert decided == [True, True]
    assert asked.times == 1


def test_an_argument_that_a_policy_looks_at_is_looked_at_every_time(asked: Asked) -> None:
    made = engine(PERMIT + cap("context.input has length && context.input.length > 40"), SEARCH)
    one = caller("routes/read")
    lengths: list[dict[str, Any]] = [{"length": 40}, {"length": 41}, {}, {"length": 40}, {"length": None}]
    assert [made.decide(one, SEARCH, given).allowed for given in lengths] == [True, False, True, True, True]
    assert asked.times == 3


@pytest.mark.parametrize(
    ("condition", "given", "allowed"),
    [
        ('context.input.tags.contains("steep")', [{"tags": ["flat"]}, {"tags": ["steep"]}], [True, False]),
        (
            'context == context && context.input.tags.contains("steep")',
            [{"tags": []}, {"tags": ["steep"]}],
            [True, False],
        ),
        ('[context.input].contains({tags: ["a"]})', [{"tags": ["b"]}, {"tags": ["a"]}], [True, False]),
    ],
    ids=["a-member", "the-context", "the-input"],
)
def test_whatever_way_a_policy_takes_to_an_argument_the_argument_decides(
    condition: str, given: list[dict[str, Any]], allowed: list[bool]
) -> None:
    tags = {"tags": {"type": "array", "items": TEXT}}
    schema = {"type": "object", "properties": tags, "required": ["tags"]}
    search = replace(SEARCH, document={**SEARCH.document, "inputSchema": schema})
    made = engine(PERMIT + cap(condition), search)
    one = caller("routes/read")
    assert [made.decide(one, search, each).allowed for each in given] == allowed


@pytest.mark.case("X11")
def test_two_tokens_never_meet_even_if_they_have_one_name() -> None:
    made = engine(PERMIT, SEARCH)
    wide, narrow = caller("routes/read"), caller("activities/read")
    assert wide.jti == narrow.jti
    for _ in range(2):
        assert made.decide(wide, SEARCH, {}).allowed
        assert not made.decide(narrow, SEARCH, {}).allowed
        assert made.may_list(wide, SEARCH)
        assert not made.may_list(narrow, SEARCH)


@pytest.mark.case("P07")
def test_new_policies_remember_nothing_of_the_old() -> None:
    made = engine(PERMIT, SEARCH)
    one = caller("routes/read")
    assert (made.decide(one, SEARCH, {}).allowed, made.may_list(one, SEARCH)) == (True, True)
    made.replace_policies(policies('@id("none") forbid (principal, action, GATEWAY);'))
    assert (made.decide(one, SEARCH, {}).allowed, made.may_list(one, SEARCH)) == (False, False)


def test_what_is_remembered_of_a_caller_is_bounded() -> None:
    made = policies_of_search(PERMIT + cap("context.input has length && context.input.length > 40"))
    one = caller("routes/read")
    for length in range(3 * principal_memory.MOST_VERDICTS):
        assert made.decide(one, SEARCH.name, {"length": length}).allowed is (length <= 40)
    assert len(made._callers.of(one).decided) == principal_memory.MOST_VERDICTS


def test_so_is_the_number_of_callers() -> None:
    made = policies_of_search(PERMIT)
    for number in range(principal_memory.MOST_KEPT + 100):
        assert made.decide(caller("routes/read", subject=f"athlete-{number}"), SEARCH.name, {}).allowed
    assert len(made._callers) == principal_memory.MOST_KEPT


def test_a_caller_without_a_form_in_cedar_is_denied_every_time() -> None:
    made = policies_of_search(PERMIT)
    broken = replace(caller("routes/read"), subject="\ud800")
    assert [made.decide(broken, SEARCH.name, {}).reason for _ in range(2)] == [target_policies.FAILED] * 2


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        ('principal.hasTag("scope")', set()),
        ('context.input.a == "x" && context.input has b', {"a", "b"}),
        ('context.input has a && context.input.a.lessThan(decimal("1.0"))', {"a"}),
        ('context.input.a like "*x*"', {"a"}),
        ("if context.input.a then true else context.input.b", {"a", "b"}),
        ("context.input.a.b has c", {"a"}),
        ("context has input", None),
        ("context.other == 1", None),
        ("[context.input].isEmpty()", None),
    ],
)
def test_the_arguments_that_a_condition_reads_are_found_and_in_doubt_it_is_all(
    condition: str, read: set[str] | None
) -> None:
    bodies = [each.body for each in policies(cap(condition))]
    assert arguments_read(bodies) == read


def policies_of_search(text: str) -> TargetPolicies:
    made = engine(text, SEARCH)
    found = made._of(SEARCH)
    assert found is not None
    return found
