"""A system with all its doors, each of which can be left open."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.names import TEAMS
from deploy.smoke.calls import USER_ID
from deploy.smoke.checks import CONSENT_QUESTION, QUESTIONS
from deploy.smoke.places import PROTECTED_PATHS, Places
from tests.support.serving import free_socket, served, url_of

PERSON, PROGRAM = "person.to.coach", "program.to.gateway"
TOOLS = ("activities___get_activity", "routes___search_routes", "support___list_tickets")


@dataclass
class SmokedSystem:
    """What it does wrong; nothing by default.

    Attributes:
        open_to: Doors, as the checks name them, that let everybody in.
        silent: Doors that do not say where to get a token.
        fails: Teams whose tool fails.
        speechless: The coach ends without a word.
        believes_headers: The coach takes a user from a header.
        asks_for_consent: Whether socials wants one; else its tool answers.
        forgets_consent: Neither a link nor an answer of socials.
        consents: Where the link leads; the token vault by default.
        tools: That the gateway lists.
        refuses_named_users: The coach refuses a request with such a header.
    """

    url: str = ""
    open_to: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)
    speechless: bool = False
    believes_headers: bool = False
    refuses_named_users: bool = False
    asks_for_consent: bool = True
    forgets_consent: bool = False
    consents: str = "https://vault.example"
    tools: tuple[str, ...] = TOOLS

    def places(self, **changed: Any) -> Places:
        parts: dict[str, Any] = {
            "issuer": self.url,
            "client_id": "terminal",
            "coach": f"{self.url}/coach",
            "gateway": f"{self.url}/gateway",
            "servers": {team: f"{self.url}/server-{team}" for team in TEAMS},
            "apis": {team: f"{self.url}/api-{team}" for team in TEAMS},
            "consents": "https://vault.example",
            "apis_are_private": False,
        }
        return Places(**{**parts, **changed})

    async def coach(self, request: Request) -> Response:
        if (refused := self._refused("coach", request, PERSON)) is not None:
            return refused
        if self.refuses_named_users and USER_ID in request.headers:
            return Response(status_code=403)
        athlete = request.headers.get(USER_ID, "maya") if self.believes_headers else "maya"
        question = (await request.json()).get("prompt", "")
        return StreamingResponse(self._events(question, athlete), media_type="text/event-stream")

    async def gateway(self, request: Request) -> Response:
        if (refused := self._refused("gateway", request, PROGRAM)) is not None:
            return refused
        # One tool a page, as a stream of one event, in the way of the newer transport.
        at = int((await request.json()).get("params", {}).get("cursor", 0))
        page: dict[str, Any] = {"tools": [{"name": name} for name in self.tools[at : at + 1]]}
        if at + 1 < len(self.tools):
            page["nextCursor"] = str(at + 1)
        told = json.dumps({"jsonrpc": "2.0", "id": 1, "result": page})
        return Response(f"event: message\ndata: {told}\n\n", media_type="text/event-stream")

    async def other(self, request: Request) -> Response:
        return self._refused(request.path_params["door"], request, "nobody's") or JSONResponse({})

    def _refused(self, door: str, request: Request, good: str) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given == good or door in self.open_to:
            return None
        challenge = "Bearer" if door in self.silent else 'Bearer resource_metadata="https://x.example/"'
        return Response(status_code=401, headers={"www-authenticate": challenge})

    async def _events(self, question: str, athlete: str) -> AsyncIterator[str]:
        for event in self._turn(question, athlete):
            yield f"data: {json.dumps(event)}\n\n"

    def _turn(self, question: str, athlete: str) -> Iterator[dict[str, Any]]:
        yield {"type": "session", "athlete": athlete}
        for team in (team for team, asked in QUESTIONS.items() if asked == question):
            yield {"type": "tool_start", "id": "1", "server": team}
            yield {"type": "tool_end", "id": "1", "status": "error" if team in self.fails else "success"}
        if question == CONSENT_QUESTION and not self.forgets_consent:
            yield {"type": "tool_start", "id": "1", "server": "socials"}
            if self.asks_for_consent:
                yield {"type": "consent_required", "url": f"{self.consents}/authorize?request_uri=secret"}
            yield {"type": "tool_end", "id": "1", "status": "error" if self.asks_for_consent else "success"}
        yield {"type": "done", "answer": "" if self.speechless else "16 runs"}


@contextmanager
def smoked_system() -> Iterator[SmokedSystem]:
    """One on loopback."""
    system, socket = SmokedSystem(), free_socket()
    system.url = url_of(socket)
    routes = [
        Route("/coach", system.coach, methods=["POST"]),
        Route("/gateway", system.gateway, methods=["POST"]),
        Route("/{door}", system.other, methods=["POST"]),
        *(Route("/{door}" + path, system.other, methods=["GET"]) for path in PROTECTED_PATHS.values()),
    ]
    with served(Starlette(routes=routes), socket):
        yield system
