"""The local memory on a port, with unmodified boto3 clients of several keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from identity.vault.policy import Statement
from local_agentcore.memory.operations import MemoryOperations
from local_agentcore.memory.requests import memory_operations
from local_agentcore.memory.store import EventStore
from local_agentcore.signed_operations import SignedOperations
from tests.support.access_keys import access_key_id, policy_of, secret_access_key
from tests.support.serving import free_socket, port_of, served

REGION, MEMORY_ID, DAYS = "us-east-1", "fitness_coach-0000000000", 90
STATEMENTS = {
    "coach": Statement(actions=("CreateEvent", "ListEvents")),
    "operator": Statement(actions=("ListSessions", "ListEvents", "GetEvent", "DeleteEvent", "local:ForgetActor")),
    "reader": Statement(actions=("RetrieveMemoryRecords",)),
    "nobody": Statement(actions=("GetResourceOauth2Token",)),
}


@dataclass
class RunningMemory:
    """A memory and its clients.

    Knobs:
        passed_s: Seconds that have gone by, beside those of the clock.
    """

    path: Path
    url: str = ""
    passed_s: float = 0.0
    now_s: float = 1_764_000_000.0

    def client(self, principal: str = "coach") -> Any:
        session: Any = boto3.Session(access_key_id(principal), secret_access_key(principal), region_name=REGION)
        return session.client(
            "bedrock-agentcore",
            endpoint_url=self.url,
            config=Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=10),
        )

    def clock(self) -> float:
        return self.now_s + self.passed_s


@contextmanager
def running_memory(path: Path) -> Iterator[RunningMemory]:
    """One over a file."""
    running, listening = RunningMemory(path), free_socket()
    operations = MemoryOperations(MEMORY_ID, EventStore(path), expiry_days=DAYS, clock=running.clock)
    app = SignedOperations(
        operations,
        memory_operations(),
        policy_of(STATEMENTS),
        region=REGION,
        hosts=frozenset({f"127.0.0.1:{port_of(listening)}"}),
        clock_skew_s=300,
    )
    with served(app, listening) as url:
        running.url = url
        yield running
    operations.close()
