"""The published tools of each team as a committed file: a rename breaks what users have allowed, so a test compares.

`python -m mcp_servers.serving.tools_lock` writes the files anew after an intended change.
"""

import asyncio
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from identity.token_source import TokenRequest
from mcp_servers.serving.api_client import TeamApi, pooled_client
from mcp_servers.serving.server import Team

TEAMS = ("activities", "routes", "socials", "support")
ROOT = Path(__file__).parents[1]


class _NoTokens:
    async def access_token(
        self,
        workload_token: str,
        request: TokenRequest,
        *,
        force: bool = False,
        custom_state: str | None = None,
        session_uri: str | None = None,
    ) -> str:
        raise NotImplementedError


def published_tools(team: str) -> list[dict[str, Any]]:
    """What `tools/list` says to a caller with every scope, in the protocol's spelling."""
    described: Team = import_module(f"mcp_servers.{team}.tools").TEAM
    http = pooled_client("http://api.invalid", 1.0, httpx.MockTransport(lambda _: httpx.Response(503)))
    request = TokenRequest(provider="", scopes=(), flow="M2M")
    api = TeamApi(team, http, _NoTokens(), reading=request, writing=request, timeout_s=1.0)
    tools = []
    for declared in described.tools(api):
        tool = declared.published()
        annotations = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
        tools.append(
            {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": tool.parameters,
                "outputSchema": tool.output_schema,
                "annotations": annotations,
                "_meta": tool.meta,
            }
        )
    asyncio.run(http.aclose())
    return tools


def lock_text(team: str) -> str:
    """The content of a team's lock file."""
    return json.dumps(published_tools(team), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def lock_path(team: str) -> Path:
    return ROOT / team / "tools.lock.json"


if __name__ == "__main__":
    for each in TEAMS:
        lock_path(each).write_text(lock_text(each), encoding="utf-8")
