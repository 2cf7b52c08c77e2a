"""What a person asks about the gateway: which policy decides, why, and how the tools stand."""

import json
from typing import Any

import httpx
import pytest

from gateway_config.tool_pins import read_tool_pins
from tests.support.running_stack import RunningStack

FAR = '{"max_distance_m": 41000}'


def explained(stack: RunningStack, *words: str) -> dict[str, Any]:
    done = stack.coach("policy", "explain", *words, "--json", "--athlete", "maya")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_permitted_call_names_its_policy(stack: RunningStack) -> None:
    told = explained(stack, "routes___search_routes", "--arguments", FAR)
    assert (told["decision"], told["decided_by"], told["why"]) == (
        "ALLOW",
        ["routes_read"],
        "Permitted by routes_read.",
    )
    assert {policy["name"]: policy["outcome"] for policy in told["policies"]} == {
        "routes_read": "decided",
        "routes_within_weekly_cap_40km": "did not decide",
    }


def test_a_forbidden_call_says_which_forbid_won(stack: RunningStack) -> None:
    told = explained(stack, "search_routes", "--arguments", FAR, "--group", "weekly-cap-40km")
    assert (told["decision"], told["decided_by"]) == ("DENY", ["routes_within_weekly_cap_40km"])
    assert told["why"] == "Forbidden by routes_within_weekly_cap_40km; a forbid wins over every permit."


def test_a_missing_scope_is_said(stack: RunningStack) -> None:
    told = explained(stack, "search_routes", "--scope", "support/read")
    assert (told["decision"], told["missing_scopes"]) == ("DENY", ["routes/read"])
    assert told["why"] == "No policy permits it; with the scope routes/read it would be permitted."


def test_arguments_that_no_policy_can_look_at_are_named_without_their_value(stack: RunningStack) -> None:
    told = explained(stack, "search_routes", "--arguments", '{"max_distance_m": "canary-4711"}')
    assert told["why"].startswith("input.max_distance_m is not what the tool's schema says")
    assert "canary-4711" not in json.dumps(told)


def test_people_read_it_in_lines(stack: RunningStack) -> None:
    done = stack.coach("policy", "explain", "add_comment", "--group", "minors", "--athlete", "aiko", "--arguments",
                       '{"activity_id": "a1", "text": "hi"}')  # fmt: skip
    assert done.stdout.splitlines() == [
        "DENY socials___add_comment",
        "Forbidden by socials_no_comments_of_minors; a forbid wins over every permit.",
        "  permit socials_write (tool_policies/socials.cedar): did not decide",
        "* forbid socials_no_comments_of_minors (tool_policies/socials.cedar): decided",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fly_to_the_moon"], "tool: none of this name"),
        (["search_routes", "--arguments", "[1]"], "--arguments takes a JSON object"),
        (["search_routes", "--arguments", "{"], "--arguments is not JSON"),
    ],
)
def test_a_question_that_cannot_be_answered_is_a_usage_error(stack: RunningStack, words: list[str], said: str) -> None:
    done = stack.coach("policy", "explain", *words, "--athlete", "maya")
    assert done.returncode == 2
    assert said in done.stderr


def test_the_tools_are_listed_as_they_stand(stack: RunningStack) -> None:
    done = stack.coach("tools", "--json", "--athlete", "maya")
    rows = json.loads(done.stdout)["tools"]
    assert {row["standing"] for row in rows} == {"accepted"}
    pins = read_tool_pins()
    assert all(pins[row["tool"]] == row["fingerprint"] for row in rows)
    assert "accepted routes___search_routes" in stack.coach("tools", "--athlete", "maya").stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "said"), [([], "name the tools to accept"), (["routes___nothing"], "there is no tool")]
)
def test_only_a_tool_that_is_there_is_accepted(stack: RunningStack, words: list[str], said: str) -> None:
    before = read_tool_pins()
    done = stack.coach("tools", "accept", *words, "--athlete", "maya")
    assert done.returncode == 2
    assert said in done.stderr
    assert read_tool_pins() == before


@pytest.mark.case("N01")
@pytest.mark.parametrize("path", ["/local/tools", "/local/policy-explanations"])
def test_who_has_no_token_learns_nothing(stack: RunningStack, path: str) -> None:
    url = stack.endpoints["gateway"].removesuffix("/mcp") + path
    for response in (httpx.get(url, trust_env=False), httpx.post(url, json={"tool": "x"}, trust_env=False)):
        assert response.status_code == 401
        assert response.content == b""
