import json
import warnings
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

with warnings.catch_warnings():  # bedrock_agentcore 1.25 declares a class-based pydantic config
    warnings.simplefilter("ignore", DeprecationWarning)
    from agent.app import create_app
from agent.settings import AgentSettings
from tests.support.issuer import FakeIssuer
from tests.support.team_tools import FakeTeamTools

SESSION = "11111111-2222-4333-8444-555555555555"


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class RunningCoach:
    """The coach as the runtime front calls it; made anew by the first call after a knob was turned."""

    teams: FakeTeamTools = field(default_factory=FakeTeamTools)
    clock: Clock = field(default_factory=Clock)
    issuer: FakeIssuer = field(
        default_factory=lambda: FakeIssuer(audience="coach", client_id="terminal", scope="coach/invoke activities/read")
    )
    settings: dict[str, Any] = field(default_factory=dict)
    _app: Any = None

    def restart(self) -> None:
        """Another process takes over, which knows nothing of this one."""
        self._app = None

    @property
    def app(self) -> Any:
        if self._app is None:
            vault = {
                "vault_url": "http://vault.test",
                "vault_access_key_id": "key",
                "vault_secret_access_key": "secret",
            }
            settings = AgentSettings(issuer=self.issuer.issuer, **{**vault, **self.settings})
            self._app = create_app(settings, toolbox=self.teams, verifier=self.issuer.verifier(), clock=self.clock)
        return self._app

    def headers(self, session: str | None = SESSION, **claims: Any) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self.issuer.token(**claims)}",
            "WorkloadAccessToken": "workload-token-maya",
        }
        return headers | ({"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session} if session else {})

    async def post(self, payload: Any, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://agent.test") as client:
            response = await client.post("/invocations", json=payload, headers=headers or self.headers())
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.text.split("\n\n")
        return [json.loads(line.removeprefix("data: ")) for line in lines if line]

    async def ask(self, question: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        return await self.post({"type": "prompt", "prompt": question}, headers)


@pytest.fixture
def coach() -> RunningCoach:
    return RunningCoach()
