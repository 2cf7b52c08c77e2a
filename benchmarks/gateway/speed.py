"""What the gateway costs: against direct calls of the same server, with other gateways beside it, and by itself.

All places of a comparison are asked in turn, in many short rounds. What a process costs is its processor time, so
neither the callers' own work nor a neighbour on the machine is counted. Rates and latencies are of the wall clock,
where a neighbour hurts a chain of two processes more than one: of each place its least disturbed round counts.

Before a null backend the floor of the design is measured in the same run: a minimal gateway that does what none can do
without, and remembers nothing (`floor`). Three quarters of its rate are asked for. A bare server, and a hop that only
passes on, are there to see where both stand.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.figures import Figure, median_ratio
from benchmarks.gateway.load import Cell, Unanswered, measure, tool_call
from benchmarks.gateway.peers import PEERS, PeerMissing
from benchmarks.gateway.processes import NotStarted, Program, can_measure, free_ports, own, running
from benchmarks.gateway.surroundings import Surroundings, surroundings

TOOL, OWN_TOOL = "routes___search_routes", "search_routes"
MANY, ROUNDS = 16, 10
CALLS, CALLS_OF_PEERS, CALLS_TO_NULL = 400, 16, 1500
SHARE_OF_FLOOR = 0.75
NOT_HERE = "not measured: this machine has no /proc, which says what another process costs"


@dataclass(frozen=True)
class Place:
    """Something that can be asked.

    Attributes:
        program: Whose processor time counts.
        calls: In one cell.
    """

    name: str
    url: str
    requests: tuple[bytes, ...]
    program: Program
    calls: int = CALLS


@dataclass(frozen=True, slots=True)
class Measured:
    """One cell, and what a call in it cost the place's process, seconds."""

    cell: Cell
    cpu_s: float


Rounds = Mapping[str, list[Measured]]


def run() -> Iterator[str]:
    """Beside the real server, then by itself."""
    if not can_measure():
        yield NOT_HERE
        return
    yield from _beside_a_server()
    yield from _alone()
    yield f"load average of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}"


def _beside_a_server() -> Iterator[str]:
    with surroundings("real") as around, TemporaryDirectory(prefix="bench-peers-") as folder, ExitStack() as stack:
        places, missing = [*_ours(around)], list[str]()
        for port, peer in enumerate(PEERS, free_ports().base):
            try:
                found = stack.enter_context(peer(around, port, Path(folder)))
                place = Place(found.name, found.url, (found.request,), found.program, CALLS_OF_PEERS)
                _cell(place, 1, 4)
                places.append(place)
            except (PeerMissing, NotStarted, Unanswered) as error:
                missing.append(f"left out: {error}")
        yield from missing
        many, one = _rounds(places, MANY), _rounds(places, 1)
    yield from _figures(many, one)
    for place in places[3:]:
        yield _peer_line(place.name, many, one)


def _ours(around: Surroundings) -> Sequence[Place]:
    token = around.direct_token()
    direct = tool_call(around.direct_url, OWN_TOOL, token)
    older = tool_call(around.direct_url, OWN_TOOL, token, era="handshake")
    through = tuple(tool_call(around.gateway_url, TOOL, each) for each in around.tokens())
    return (
        Place("direct", around.direct_url, (direct,), around.backend),
        Place("gateway", around.gateway_url, through, around.gateway),
        # The peers are asked in the older protocol, which all of them have, and compared with this.
        Place("direct, older protocol", around.direct_url, (older,), around.backend),
    )


def _figures(many: Rounds, one: Rounds) -> Iterator[str]:
    rate, direct_rate = _per_s(many["gateway"]), _per_s(many["direct"])
    says = f"requests a second of {MANY} callers, gateway ({rate:.0f}) to direct ({direct_rate:.0f})"
    yield str(Figure(says, rate / direct_rate, 0.6, "at least"))
    p50_ms, direct_ms = _median_ms(one["gateway"]), _median_ms(one["direct"])
    says = f"median latency of one caller, gateway ({p50_ms:.2f} ms) to direct ({direct_ms:.2f} ms)"
    yield str(Figure(says, p50_ms / direct_ms, 2.0))
    for callers, rounds in ((MANY, many), (1, one)):
        says = f"processor time of the gateway a call beside the routes server, {callers} callers, in ms"
        yield str(Figure(says, _cpu_ms(rounds["gateway"]), 1.5))


def _peer_line(name: str, many: Rounds, one: Rounds) -> str:
    base = "direct, older protocol"
    rate = _per_s(many[name]) / _per_s(many[base])
    latency = _median_ms(one[name]) / _median_ms(one[base])
    return (
        f"beside it, {name}: requests a second to direct {rate:.2f}, median latency to direct {latency:.1f}, "
        f"processor time a call {_cpu_ms(many[name]):.1f} ms"
    )


def _alone() -> Iterator[str]:
    with surroundings("null") as around, ExitStack() as stack:
        places = list(_others(around, stack))
        through = tuple(tool_call(around.gateway_url, TOOL, token) for token in around.tokens())
        places.append(Place("gateway", around.gateway_url, through, around.gateway, CALLS_TO_NULL))
        rounds = _rounds(places, MANY)
    per_core = {name: [1 / one.cpu_s for one in cells] for name, cells in rounds.items()}
    rates = {name: median(cells) for name, cells in per_core.items()}
    says = (
        f"requests a second of a core before a null backend, gateway ({rates['gateway']:.0f}) to the minimal gateway "
        f"({rates['floor']:.0f})"
    )
    yield str(Figure(says, median_ratio(per_core["gateway"], per_core["floor"]), SHARE_OF_FLOOR, "at least"))
    for name, what in (("hop", "a hop that only passes on"), ("bare", "a bare server")):
        ratio = median_ratio(per_core["gateway"], per_core[name])
        yield f"beside it, {what} ({rates[name]:.0f} a second of a core): gateway to it {ratio:.3f}"


def _others(around: Surroundings, stack: ExitStack) -> Iterator[Place]:
    """What the gateway alone is compared with."""
    ports, log = free_ports(), str(around.blueprint.home / "logs" / "floor.log")
    token = around.tokens()[0]
    module, issuer = "benchmarks.gateway", around.blueprint.issuer
    for part, name, tool, program in (
        ("gateway", "bare", OWN_TOOL, ("backends", "bare", "PORT")),
        ("coach", "hop", OWN_TOOL, ("hop", "PORT", around.direct_url)),
        ("data_plane", "floor", TOOL, ("floor", "PORT", around.direct_url, issuer, log)),
    ):
        url = f"{ports.url(part)}/mcp"
        arguments = [str(ports.port(part)) if word == "PORT" else word for word in program[1:]]
        running_program = stack.enter_context(running(own(f"{module}.{program[0]}", *arguments), url))
        yield Place(name, url, (tool_call(url, tool, token),), running_program, CALLS_TO_NULL)


def _rounds(places: Sequence[Place], callers: int) -> Rounds:
    """Every place in every round, after a round that does not count."""
    found: dict[str, list[Measured]] = {place.name: [] for place in places}
    for number in range(ROUNDS + 1):
        for place in places:
            calls = place.calls if callers > 1 else max(8, place.calls // 4)
            measured = _cell(place, callers, calls)
            found[place.name] += [measured] if number else []
    return found


def _cell(place: Place, callers: int, calls: int) -> Measured:
    before = place.program.cpu_s()
    cell = uvloop.run(measure(place.url, place.requests, callers=callers, calls=calls))
    return Measured(cell, max(place.program.cpu_s() - before, 1e-6) / cell.calls)


def _per_s(cells: Sequence[Measured]) -> float:
    return max(one.cell.per_s for one in cells)


def _median_ms(cells: Sequence[Measured]) -> float:
    return min(one.cell.median_s for one in cells) * 1e3


def _cpu_ms(cells: Sequence[Measured]) -> float:
    return median(one.cpu_s for one in cells) * 1e3
