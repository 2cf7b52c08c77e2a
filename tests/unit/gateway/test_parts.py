"""The small parts of the gateway that have a time or a text of their own."""

from typing import Any

import pytest

from identity.tokens import Principal
from local_agentcore.gateway.circuit import FAILURES_TO_OPEN, PAUSE_S, Circuit
from local_agentcore.gateway.errors import SessionUnknown, TargetBroken, TargetPaused, TooManyRequests
from local_agentcore.gateway.event_stream import EventStream, event
from local_agentcore.gateway.rate_limits import Rate, RateLimits
from local_agentcore.gateway.search import ToolSearch
from local_agentcore.gateway.sessions import MOST_OF_ONE_OWNER, Sessions
from local_agentcore.gateway.settings import TargetSettings
from local_agentcore.gateway.tools import GatewayTool, gateway_tool
from tests.support.mcp_target import tool


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def principal(subject: str = "maya", client_id: str = "coach") -> Principal:
    return Principal("https://issuer.test", subject, client_id, ("gateway",), frozenset(), 2_000_000_000, "jti")


def refused_for(limits: RateLimits, who: Principal) -> int:
    """Seconds to wait; 0 if the request may pass."""
    try:
        limits.take(who)
    except TooManyRequests as refusal:
        return refusal.retry_after_s
    return 0


@pytest.mark.case("P15")
def test_a_bucket_fills_again_at_its_rate_and_not_above_its_burst(clock: Clock) -> None:
    limits = RateLimits(Rate(per_s=0.5, burst=2), Rate(per_s=100, burst=100), clock=clock)

    assert [refused_for(limits, principal()) for _ in range(3)] == [0, 0, 2]
    clock.now = 1.0
    assert refused_for(limits, principal()) == 1
    clock.now = 2.0
    assert refused_for(limits, principal()) == 0
    clock.now = 1000.0
    assert [refused_for(limits, principal()) for _ in range(3)] == [0, 0, 2]


@pytest.mark.case("P15")
def test_a_person_without_room_takes_none_from_their_client(clock: Clock) -> None:
    limits = RateLimits(Rate(per_s=0.1, burst=1), Rate(per_s=0.1, burst=2), clock=clock)

    refused = [refused_for(limits, principal("maya")) for _ in range(4)]

    assert [one > 0 for one in refused] == [False, True, True, True]
    assert refused_for(limits, principal("jonas")) == 0


def test_a_circuit_lets_one_call_try_after_its_pause(clock: Clock) -> None:
    circuit = Circuit(clock=clock)
    for _ in range(FAILURES_TO_OPEN):
        circuit.enter()
        circuit.failed()
    with pytest.raises(TargetPaused):
        circuit.enter()
    clock.now = PAUSE_S
    circuit.enter()
    with pytest.raises(TargetPaused):
        circuit.enter()
    circuit.succeeded()
    circuit.enter()
    circuit.enter()


def test_a_success_in_between_begins_the_count_anew(clock: Clock) -> None:
    circuit = Circuit(clock=clock)
    for _ in range(3):
        for _ in range(FAILURES_TO_OPEN - 1):
            circuit.failed()
        circuit.succeeded()
    circuit.enter()


def test_sessions_end_and_the_oldest_of_one_owner_makes_room(clock: Clock) -> None:
    sessions, owner, other = Sessions(3600, clock=clock), ("iss", "sub", "client"), ("iss", "sub-2", "client")
    first, foreign = sessions.open(owner), sessions.open(other)
    more = [sessions.open(owner) for _ in range(MOST_OF_ONE_OWNER)]

    with pytest.raises(SessionUnknown):
        sessions.require(first, owner)
    sessions.require(more[0], owner)
    sessions.require(foreign, other)
    clock.now = 3600.0
    with pytest.raises(SessionUnknown):
        sessions.require(foreign, other)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_events_are_the_same_however_the_stream_is_cut(size: int, line_end: bytes) -> None:
    text = b'event: message\ndata: {"a":1}\n\n: ping\n\nid: 7\ndata:{"b":\ndata: 2}\n\nretry: 5\n\ndata: last\n\n'
    octets = text.replace(b"\n", line_end)
    stream = EventStream(1000)

    data = [one for at in range(0, len(octets), size) for one in stream.feed(octets[at : at + size])]

    assert data == [b'{"a":1}', None, b'{"b":\n2}', b"last"]


def test_what_is_written_as_an_event_is_read_as_one() -> None:
    assert list(EventStream(1000).feed(event(b'{"a":1}'))) == [b'{"a":1}']


@pytest.mark.parametrize("octets", [b"data: " + b"x" * 200, b"data: x\n" * 50])
def test_an_event_without_end_is_given_up(octets: bytes) -> None:
    with pytest.raises(TargetBroken):
        list(EventStream(100).feed(octets))


def offered(name: str, description: str, **parameters: str) -> GatewayTool:
    properties = {key: {"type": "string", "description": text} for key, text in parameters.items()}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    target = TargetSettings(name="team", endpoint="http://team.test/mcp", credential=None)
    made = gateway_tool(target, {**tool(name), "description": description, "inputSchema": schema})
    assert made is not None
    return made


TOOLS = [
    offered("search_routes", "Finds public routes by place, length or climb.", near="Place name"),
    offered("get_route", "One route with its track.", route_id="From search_routes"),
    offered("analyzeHeartRateTrend", "Is the heart rate at the same pace going down?", weather="rain, dry"),
    offered("list_clubs", "The clubs that the athlete belongs to."),
]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("routes near a place", "team___search_routes"),
        ("my heart rates in the rain", "team___analyzeHeartRateTrend"),
        ("club", "team___list_clubs"),
        ("TRACK of a route", "team___get_route"),
    ],
)
def test_search_puts_the_tool_first_that_fits_best(query: str, first: str) -> None:
    assert ToolSearch(TOOLS).find(query, lambda _: True)[0].name == first


def test_search_finds_nothing_without_a_word_in_common() -> None:
    assert ToolSearch(TOOLS).find("quantum chromodynamics", lambda _: True) == []
    assert ToolSearch([]).find("routes", lambda _: True) == []
