"""What the cases need done outside of a certified client: the clock moved, a workload's calls, a resource server."""

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from identity.errors import TokenRefused
from identity.signing_keys import JwksCache
from identity.tokens import Trust, Verifier
from tests.support.authorization_server import ACTIVITIES_URL, MAYA_SUB, FakeClock
from tests.support.consenting import ask, complete
from tests.support.vault import RunningVault

PATH = "/programs/"
Step = Callable[[dict[str, Any]], dict[str, Any]]
SCOPES = ["activities/read"]  # oidc-provider leaves `openid` out of a token for a resource


def programs(server: ASGIApp, clock: FakeClock, vault: RunningVault, issuer: str) -> ASGIApp:
    """The authorization server, and below `/programs/` what the suite asks for.

    Args:
        server: The authorization server.
        clock: Its clock.
        vault: Has the providers `ours` and `theirs`.
        issuer: Of the tokens that the resource server accepts.
    """
    trust = Trust(issuer=issuer, audiences=frozenset({ACTIVITIES_URL}), clients=frozenset({"ours", "theirs"}))
    verifier = Verifier(trust, JwksCache(issuer))
    user_token = vault.provider.user_token(MAYA_SUB)

    async def move_clock(request: Request) -> Response:
        clock.advance(float(await request.body()))
        return Response(status_code=204)

    def begin(asked: dict[str, Any]) -> dict[str, Any]:
        return ask(
            vault,
            user_token,
            resourceCredentialProviderName=asked["provider"],
            scopes=SCOPES,
            sessionUri=asked.get("sessionUri"),
            # A token from an earlier case would end the case before it begins.
            forceAuthentication=None if "sessionUri" in asked else True,
            audiences=None,
            resources=[ACTIVITIES_URL],
        )

    def finish(asked: dict[str, Any]) -> dict[str, Any]:
        complete(vault, asked["sessionUri"], userToken=vault.provider.application_token(MAYA_SUB))
        return {}

    def resource(asked: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"status": 200, "subject": verifier.verify(asked["token"]).subject}
        except TokenRefused as refused:
            return {"status": refused.status}

    steps = [("begin", begin), ("complete", finish), ("resource", resource)]
    routes = [Route(f"{PATH}{name}", _endpoint(step), methods=["POST"]) for name, step in steps]
    app = Starlette(routes=[Route(f"{PATH}clock", move_clock, methods=["POST"]), *routes])
    app.mount("/", server)
    return app


def _endpoint(step: Step) -> Callable[[Request], Any]:
    # In a thread, since a step may wait for the very server that this runs in.
    async def answer(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(step, json.loads(await request.body())))

    return answer
