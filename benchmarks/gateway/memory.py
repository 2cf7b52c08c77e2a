"""Whether the gateway keeps something of every call: its memory after a warm-up, and after many calls more.

Callers sign in anew again and again, so that everything that is kept for a token is made, used and has to go.
"""

import os
from collections.abc import Iterator

import uvloop

from benchmarks.figures import Figure
from benchmarks.gateway.load import measure, tool_call
from benchmarks.gateway.processes import can_measure
from benchmarks.gateway.speed import MANY, NOT_HERE
from benchmarks.gateway.surroundings import Surroundings, surroundings

CALLS, WARM_UP_SHARE = 100_000, 0.2
STEPS = 50
FLAT = 1.05
TOOLS = ("routes___search_routes", "activities___get_athlete_profile")


def run(*, calls: int = CALLS) -> Iterator[str]:
    """The growth over the calls that follow the warm-up.

    Args:
        calls: Those that count.
    """
    if not can_measure():
        yield NOT_HERE
        return
    with surroundings("null") as around:
        step = max(MANY, calls // STEPS)
        for _ in range(max(1, int(STEPS * WARM_UP_SHARE))):
            _calls(around, step)
        before = around.gateway.resident_bytes()
        most = before
        for _ in range(STEPS):
            _calls(around, step)
            most = max(most, around.gateway.resident_bytes())
    says = (
        f"most memory of the gateway during {STEPS * step:,} calls ({_mebibytes(most)}) to that after the "
        f"{int(STEPS * WARM_UP_SHARE) * step:,} before ({_mebibytes(before)})"
    )
    yield str(Figure(says, most / before, FLAT))
    yield f"load average of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}"


def _mebibytes(octets: int) -> str:
    return f"{octets / 2**20:.1f} MiB"


def _calls(around: Surroundings, calls: int) -> None:
    tokens = around.tokens()
    requests = [
        tool_call(around.gateway_url, tool, token, arguments=None if tool.startswith("routes") else {})
        for token in tokens
        for tool in TOOLS
    ]
    uvloop.run(measure(around.gateway_url, requests, callers=MANY, calls=calls))
