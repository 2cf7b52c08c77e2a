"""The endpoints line of a stack (`coach up --json`, COACH_HOME/run/stack.json)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agent.terminal.errors import StackFailed

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Endpoints:
    """Where the parts of a running stack listen.

    Attributes:
        mcp: Public URL of each team's MCP server behind the front.
        apis: URL of each team's API; empty where they are not reachable from outside.
        socials_issuer: Issuer of the second pool; None in a stack without it.
        consent_return: Base URL of the pages where a consent lands; None in a stack without them.
        weather: The weather service that is asked for activities; None where the stack does not say.
        gateway: MCP endpoint of the gateway; None in a stack without one.
        tools: How the coach reaches the teams' tools, `gateway` or `direct`; None where the stack does not say.
        pid: Process to ask for liveness; None when the line came from the child itself.
    """

    agent: str
    issuer: str
    vault: str
    vault_control: str
    mcp: Mapping[str, str]
    apis: Mapping[str, str]
    pids: Mapping[str, int]
    region: str
    pid: int | None
    socials_issuer: str | None = None
    consent_return: str | None = None
    weather: str | None = None
    gateway: str | None = None
    tools: str | None = None


def read_endpoints(line: str | bytes) -> Endpoints:
    """Parses one endpoints line.

    Raises:
        StackFailed: It is not one, or names a host that is not this computer.
    """
    try:
        document: dict[str, Any] = json.loads(line)
        endpoints = Endpoints(
            agent=document["agent"],
            issuer=document["issuer"],
            vault=document["vault"],
            vault_control=document["vault_control"],
            mcp=_present(document.get("mcp")),
            apis=_present(document.get("apis")),
            pids=document.get("pids") or {},
            region=document["region"],
            pid=document.get("pid"),
            socials_issuer=document.get("socials_issuer"),
            consent_return=document.get("consent_return"),
            weather=document.get("weather"),
            gateway=document.get("gateway"),
            tools=document.get("tools"),
        )
        urls = (endpoints.agent, endpoints.issuer, endpoints.vault, endpoints.vault_control, *endpoints.mcp.values())
        later = (endpoints.socials_issuer, endpoints.consent_return, endpoints.gateway)
        hosts = [urlsplit(url).hostname for url in (*urls, *later) if url is not None]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackFailed("the stack described itself in a form that this version does not know") from error
    if not all(host in LOOPBACK for host in hosts):
        raise StackFailed("the stack's endpoints are not on this computer")
    return endpoints


def _present(urls: Mapping[str, str | None] | None) -> dict[str, str]:
    return {name: url for name, url in (urls or {}).items() if url}
