"""An agent that somebody wrote against the bedrock_agentcore SDK, knowing nothing of this repository but the poller.

Runs in a process of its own: `python -m tests.support.sdk_agent PORT RETURN_URL`. Everything else is its environment.
"""

import sys
from typing import Any

from bedrock_agentcore.identity.auth import requires_access_token, requires_api_key, requires_wat
from bedrock_agentcore.runtime import BedrockAgentCoreApp
from bedrock_agentcore.services.identity import IdentityClient

from identity.token_poller import SessionPoller
from identity.token_source import TokenRequest

PORT, RETURN_URL = int(sys.argv[1]), sys.argv[2]
SOCIALS = TokenRequest("coach-federation", ("socials/read",), "USER_FEDERATION", ("mcp-socials",))
app = BedrockAgentCoreApp()
shown: list[str] = []
poller = SessionPoller(
    IdentityClient("us-east-1").dp_client,
    SOCIALS,
    show=shown.append,
    return_url=RETURN_URL,
    interval_s=0.1,
    timeout_s=10.0,
)
TARGET: dict[str, Any] = {
    "provider_name": "coach-exchange",
    "scopes": ["activities/read"],
    "audiences": ["mcp-activities"],
}


@requires_access_token(auth_flow="M2M", **TARGET)
async def as_itself(*, access_token: str) -> str:
    return access_token


@requires_access_token(auth_flow="ON_BEHALF_OF_TOKEN_EXCHANGE", **TARGET)
async def on_behalf(*, access_token: str) -> str:
    return access_token


@requires_access_token(auth_flow="ON_BEHALF_OF_TOKEN_EXCHANGE", **TARGET)
def on_behalf_blocking(*, access_token: str) -> str:
    return access_token


@requires_access_token(
    provider_name=SOCIALS.provider,
    scopes=list(SOCIALS.scopes),
    audiences=list(SOCIALS.audiences),
    auth_flow="USER_FEDERATION",
    callback_url=RETURN_URL,
    on_auth_url=poller.begin,
    token_poller=poller,
)
async def federated(*, access_token: str) -> str:
    return access_token


@requires_access_token(provider_name="mcp-routes-exchange", scopes=["routes/read"], auth_flow="M2M")
async def of_another_workload(*, access_token: str) -> str:
    return access_token


@requires_api_key(provider_name="coach-metering")
async def api_key(*, api_key: str) -> str:
    return api_key


@requires_api_key(provider_name="mcp-support-metering")
async def api_key_of_another_workload(*, api_key: str) -> str:
    return api_key


@requires_wat()
async def workload_token(*, identity_wat: str) -> str:
    return identity_wat


async def url_shown() -> str:
    return shown.pop() if shown else ""


DOES = {
    "as_itself": as_itself,
    "on_behalf": on_behalf,
    "federated": federated,
    "of_another_workload": of_another_workload,
    "api_key": api_key,
    "api_key_of_another_workload": api_key_of_another_workload,
    "workload_token": workload_token,
    "url_shown": url_shown,
}


@app.entrypoint
async def invoke(payload: dict[str, Any]) -> dict[str, Any]:
    """Does what the payload names and says what came of it."""
    try:
        if payload["do"] == "on_behalf_blocking":
            return {"got": on_behalf_blocking()}
        return {"got": await DOES[payload["do"]]()}
    except Exception as error:  # noqa: BLE001  the test wants to know
        return {"error": type(error).__name__, "text": str(error)[:300]}


if __name__ == "__main__":
    app.run(port=PORT, host="127.0.0.1")
