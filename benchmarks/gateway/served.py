"""The gateway of a stack in a process of its own: `python -m benchmarks.gateway.served HOME`.

As `local_agentcore.stack --only gateway` runs it, log and trace file included, but for the rate limits: a measurement
asks more often than any athlete may.
"""

import gc
import sys
from dataclasses import replace
from pathlib import Path

from local_agentcore.blueprint import open_home
from local_agentcore.gateway.rate_limits import Rate
from local_agentcore.gateway.settings import GatewaySettings
from local_agentcore.gateway_part import gateway
from local_agentcore.serving_thread import ServingThread
from local_agentcore.stack import log_to_file
from local_agentcore.trace_file import record_hops

UNLIMITED = Rate(per_s=1e6, burst=1_000_000)


def unlimited(settings: GatewaySettings) -> GatewaySettings:
    """The same gateway for callers in a hurry; every request is still counted."""
    return replace(settings, principal_rate=UNLIMITED, client_rate=UNLIMITED)


def main(home: Path) -> None:
    """Serve until standard input ends."""
    log_to_file(home, "gateway")
    provider = record_hops(home / "traces" / "hops.jsonl")
    blueprint = open_home(home, None)
    port = blueprint.ports.port("gateway")
    thread = ServingThread("gateway", lambda: [(port, gateway(blueprint, adjusted=unlimited))])
    thread.start()
    thread.wait_until_ready()
    gc.freeze()
    sys.stdin.read()
    thread.stop()
    provider.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
