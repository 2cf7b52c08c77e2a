"""The whole system in this process, on ports and in a home of its own."""

import json
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
from joserfc.jwk import RSAKey

from agent.terminal.access import COACH_SCOPES, SOCIALS_SCOPES
from agent.terminal.discovery import discover
from agent.terminal.sign_in import begin, key_file_sign_in, redeem
from local_agentcore.athletes import ATHLETES
from local_agentcore.blueprint import REGION, Blueprint, open_home
from local_agentcore.errors import PortOccupied
from local_agentcore.first_start import load_demo_athletes
from local_agentcore.parts import part_names, serve_part
from local_agentcore.ports import Ports
from local_agentcore.provisioning import provision_vault
from local_agentcore.stack import endpoints
from local_agentcore.trace_file import TraceFile
from tests.support.consent_walk import OUTCOME, Decision, Person
from tests.support.hops import exported_to
from tests.support.issuer import FakeIssuer

# The present of the activities API: histories and answers are the same on every day that the tests run.
PRESENT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MAYA = next(athlete for athlete in ATHLETES if athlete.username == "maya")
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


@dataclass(frozen=True)
class RunningStack:
    """A stack that answers.

    Attributes:
        blueprint: Ports, keys, home.
        endpoints: The document of `coach up --json`.
    """

    blueprint: Blueprint
    endpoints: dict[str, Any]

    @property
    def home(self) -> Path:
        return self.blueprint.home

    @property
    def asking(self) -> str:
        """Whose client asks athletes for consents: the gateway's, or in direct mode the coach's own."""
        return "gateway" if self.blueprint.tools == "gateway" else "coach"

    def token(self, athlete: str, audience: str = "coach", *, scopes: tuple[str, ...] = COACH_SCOPES) -> str:
        """An access token of this athlete: of client `terminal` for the coach, else of client `developer`."""
        client = "terminal" if audience == "coach" else "developer"
        if audience == "mcp-socials":
            scopes = SOCIALS_SCOPES
        key = (self.home / "keys" / "athletes" / f"{athlete}.pem").read_bytes()
        with httpx.Client(timeout=10, trust_env=False) as http:
            server = discover(http, self.blueprint.issuer_for(audience))
            request = begin(client, audience, scopes)
            return redeem(http, server, request, key_file_sign_in(http, server, request, athlete, key)).access_token

    def person(self, athlete: str, **decisions: Decision) -> Person:
        """An athlete at a browser, who allows what is not named among the decisions."""
        return Person(athlete, self.blueprint.keys.athlete_password, decisions)

    def connect_socials(self, athlete: str) -> None:
        """Let the athlete agree that the coach reads at the socials issuer; nothing happens if that was done."""
        events = self.ask(athlete, "Which clubs am I in?")
        for wanted in [event for event in events if event["type"] == "consent_required"]:
            with self.person(athlete) as person:
                assert person.open(wanted["url"]).headers[OUTCOME] == "linked"

    def ask(self, athlete: str, question: str, *, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """One question in a session of its own; the events of the answer."""
        return self.invoke(self.token(athlete), {"type": "prompt", "prompt": question}, headers=headers)

    def invoke(
        self, token: str, payload: dict[str, Any], *, headers: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        given = {"Authorization": f"Bearer {token}", SESSION_HEADER: str(uuid.uuid4()), **(headers or {})}
        answer = httpx.post(self.endpoints["agent"], json=payload, headers=given, timeout=60, trust_env=False)
        answer.raise_for_status()
        return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]

    def boto3_client(self, service: str, principal: str) -> Any:
        """An unmodified boto3 client, as this principal."""
        key = self.blueprint.keys.access_keys[principal]
        session: Any = boto3.Session()  # its overloads want the service's name as a literal
        return session.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoints["vault_control" if service.endswith("control") else "vault"],
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
        )

    def issuer(self, audience: str, *, client_id: str, scope: str) -> FakeIssuer:
        """Signs with the pool's own keys: what it makes is refused for what it says, not for who signed."""
        rows = self.blueprint.hops.resource_servers
        pool = next(row.pool for row in rows if audience in self.blueprint.audiences(row.name))
        issuer = self.blueprint.issuer_of(pool)
        access, identity = self.signing_key("access", pool), self.signing_key("id", pool)
        return FakeIssuer(
            issuer=issuer,
            audience=audience,
            client_id=client_id,
            scope=scope,
            subject=MAYA.subject(issuer),
            access_key=access,
            id_key=identity,
        )

    def signing_key(self, purpose: str, pool: str = "coach") -> RSAKey:
        """A pool's private key for access or ID tokens."""
        documents = json.loads((self.home / "keys" / f"{pool}.jwks").read_text("utf-8"))["keys"]
        document = next(one for one in documents if purpose in one.values())
        return RSAKey.import_key({name: value for name, value in document.items() if value != purpose})

    def coach(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command line against this stack."""
        return subprocess.run(
            [sys.executable, "-m", "agent.terminal", *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            env={"COACH_HOME": str(self.home), "PATH": os.defpath, "HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def free_ports() -> Ports:
    """Ports that nobody uses at the moment."""
    while True:
        # Below the ephemeral range: an outgoing connection must not take a port between this look and the start.
        ports = Ports(20_000 + 50 * secrets.randbelow(250))
        try:
            ports.require_free()
        except PortOccupied:
            continue
        return ports


@contextmanager
def running_stack(home: Path, tools: str | None = None, base_port: int | None = None) -> Iterator[RunningStack]:
    """Start every part in a thread, load the demo histories, stop everything afterwards.

    Args:
        home: Of this stack.
        base_port: Of a home that had a stack before; free ports if not given.
        tools: `gateway` or `direct`; COACH_TOOLS if not given, and `gateway` without that.
    """
    tools = tools or os.environ.get("COACH_TOOLS", "gateway")
    blueprint = replace(open_home(home, base_port or free_ports().base), now=lambda: PRESENT, tools=tools)
    with exported_to(TraceFile(home / "traces" / "hops.jsonl")):
        threads = [serve_part(blueprint, part, "offline") for part in part_names()]
        try:
            for thread in threads:
                thread.wait_until_ready()
            provision_vault(blueprint)
            load_demo_athletes(blueprint, PRESENT)
            document = endpoints(blueprint, dict.fromkeys(part_names(), os.getpid()))
            (home / "run" / "stack.json").write_text(json.dumps(document), encoding="utf-8")
            (home / "run" / "stack.json").chmod(0o600)
            yield RunningStack(blueprint, document)
        finally:
            for thread in threads:
                thread.ask_to_stop()
            for thread in threads:
                thread.stop()
