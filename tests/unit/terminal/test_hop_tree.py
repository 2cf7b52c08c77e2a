import json
from pathlib import Path
from typing import Any

import pytest

from agent.terminal.hop_records import Span, read_spans
from agent.terminal.hop_tree import Hop, hop_tree, tree_lines

GOLDEN = Path(__file__).parent / "golden_hops.jsonl"
TURN = "a" * 32


@pytest.fixture
def spans(tmp_path: Path) -> list[Span]:
    copy = tmp_path / "hops.jsonl"
    copy.touch(mode=0o600)
    copy.write_bytes(GOLDEN.read_bytes())
    return read_spans(copy)


def outline(hops: list[Hop] | tuple[Hop, ...]) -> list[Any]:
    return [(f"{hop.caller}>{hop.callee}", outline(hop.children)) for hop in hops]


def by_callee(hops: list[Hop] | tuple[Hop, ...]) -> dict[str, Hop]:
    return {hop.callee: hop for hop in hops} | {
        name: hop for outer in hops for name, hop in by_callee(outer.children).items()
    }


def test_fronts_and_their_containers_are_one_hop_and_library_spans_fall_away(spans: list[Span]) -> None:
    assert outline(hop_tree(spans, TURN)) == [
        (
            "terminal>coach",
            [
                ("front>vault", []),
                (
                    "coach>vault",
                    [("vault>authorization_server", [])],
                ),
                ("coach>mcp-activities", [("mcp-activities>vault", []), ("mcp-activities>api-activities", [])]),
            ],
        )
    ]


def test_a_hop_says_as_whom_for_whom_and_with_which_token(spans: list[Span]) -> None:
    hop = by_callee(hop_tree(spans, TURN))["mcp-activities"]
    assert hop.document() | {"children": []} == {
        "from": "coach",
        "to": "mcp-activities",
        "operation": "POST /mcp",
        "subject": "maya",
        "actors": ["coach-exchange"],
        "audience": "mcp-activities",
        "scopes": ["activities/read"],
        "grant": "token-exchange",
        "token": "tokenG",
        "workload_token": "wat-2",
        "policy": None,
        "status": 200,
        "ms": 10.0,
        "children": [],
    }


def test_the_grant_of_the_first_token_is_found_in_the_sign_in_of_another_turn(spans: list[Span]) -> None:
    hops = hop_tree(spans, TURN)
    assert (hops[0].token, hops[0].grant) == ("tokenA", "authorization_code")


def test_the_policy_that_allowed_a_call_is_named(spans: list[Span]) -> None:
    assert by_callee(hop_tree(spans, TURN))["api-activities"].policy == "athlete-reads-own, scope-read"


def test_a_token_that_was_passed_through_to_another_audience_stays_visible() -> None:
    def span(span_id: str, parent: str | None, part: str, **more: Any) -> Span:
        return Span(TURN, span_id, parent, 0, 1, {"part": part, "operation": "POST /mcp", **more})

    front = span("1", None, "front", token="t", audience="mcp-routes")
    front = Span(TURN, "1", None, 0, 1, {**front.attributes, "operation": "POST /runtimes/mcp_routes/invocations"})
    leaked = span("2", "1", "mcp-routes", token="t", audience="mcp-socials")
    assert outline(hop_tree([front, leaked], TURN)) == [("terminal>mcp-routes", [("mcp-routes>mcp-routes", [])])]


def test_the_tree_for_people_has_the_chain_and_the_times(spans: list[Span]) -> None:
    lines = tree_lines(hop_tree(spans, TURN))
    assert lines[0] == "└─ terminal → coach POST /invocations 200 50.0 ms"
    assert any("as maya, acted for by coach-exchange" in line for line in lines)
    assert any("workload token wat-1" in line for line in lines)


def test_a_line_that_is_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "hops.jsonl"
    path.touch(mode=0o600)
    path.write_text(GOLDEN.read_text(encoding="utf-8") + '{"trace_id": "aa', encoding="utf-8")
    assert len(read_spans(path)) == len(GOLDEN.read_text(encoding="utf-8").splitlines())


def test_golden_lines_are_json() -> None:
    assert all(json.loads(line)["span_id"] for line in GOLDEN.read_text(encoding="utf-8").splitlines())
