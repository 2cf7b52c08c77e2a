"""Calls an API in process, through its shim and authorizer, with tokens of a `FakeIssuer`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from apis.serving.settings import ApiSettings
from tests.support.issuer import FakeIssuer

POLICIES = Path(__file__).parents[2] / "gateway_config" / "api_policies"
PORT = 8799


def team_issuer(team: str, **changes: Any) -> FakeIssuer:
    """An issuer whose tokens are what the team's MCP server presents to its API."""
    values = {
        "audience": f"api-{team}",
        "client_id": f"mcp-{team}-exchange",
        "scope": f"{team}/read {team}/write",
    }
    return FakeIssuer(**{**values, **changes})


def team_settings(team: str, database: Path | None = None) -> dict[str, Any]:
    """Arguments of a team's settings class that match `team_issuer`."""
    return {
        "issuer": FakeIssuer().issuer,
        "audiences": frozenset({f"api-{team}"}),
        "upstream_clients": frozenset({f"mcp-{team}-exchange"}),
        "policies": POLICIES,
        "database": database,
        "port": PORT,
        "cursor_key": "a key of the tests, never used elsewhere",
    }


@dataclass
class ApiClient:
    """Speaks as one athlete; `as_athlete` makes another one's client to the same API."""

    app: ASGIApp
    issuer: FakeIssuer
    subject: str = "athlete-sub-1"
    claims: dict[str, Any] = field(default_factory=dict)

    def as_athlete(self, subject: str, **claims: Any) -> "ApiClient":
        return ApiClient(self.app, self.issuer, subject, claims)

    def as_client(self) -> "ApiClient":
        """The calling client itself, without a user: a client-credentials token."""
        return ApiClient(self.app, self.issuer, self.issuer.client_id, {"username": None})

    def token(self) -> str:
        return self.issuer.token(**{"sub": self.subject, "username": self.subject, **self.claims})

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.send("GET", path, params=params)

    async def post(self, path: str, json: Any = None, *, key: str | None = None, **params: Any) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.send("POST", path, params=params, json=json, headers=headers)

    async def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """Sends with this athlete's bearer unless the headers name an Authorization of their own."""
        own = {"Authorization": f"Bearer {self.token()}"} | (headers or {})
        return await self.raw(method, path, headers=own, **options)

    async def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Sends exactly what is given."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{PORT}") as client:
            return await client.request(method, path, **options)


def settings_of(kind: type[ApiSettings], team: str, database: Path | None = None) -> Any:
    """A team's settings object for tests."""
    return kind(**team_settings(team, database))
