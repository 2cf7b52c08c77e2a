"""The calls that are made, with no token or with one, and what is kept of their answers."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import httpx

from deploy.errors import CallFailed

SESSION: Final = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_ID: Final = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
# A first question starts a runtime, its servers and their functions.
LONGEST_S: Final = 120.0
_MCP: Final = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
_MOST_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer without its body.

    Attributes:
        challenge: WWW-Authenticate, as far as there is one.
    """

    status: int
    challenge: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The coach's answer to one question.

    Attributes:
        athlete: Whom the coach takes the caller for.
        tools: Teams whose tools were called with success.
        answered: Whether there were words.
        consent: Where the athlete may agree to something; None if nothing was asked.
    """

    athlete: str
    tools: frozenset[str]
    answered: bool
    consent: str | None = field(repr=False)


class Caller:
    """A program of a person. Nothing of a token and nothing of an answer is in what it gives back."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=LONGEST_S, trust_env=False, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def refusal(self, method: str, url: str, token: str | None = None) -> Refusal:
        """What a part says to somebody who should not be let in.

        Raises:
            CallFailed: Nobody answered.
        """
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"} if method == "POST" else None
        answer = self._send(method, url, token, body, _MCP)
        return Refusal(answer.status_code, answer.headers.get("www-authenticate", ""))

    def ask(self, url: str, token: str, question: str, **headers: str) -> Turn:
        """One question to the coach, in a session of its own.

        Raises:
            CallFailed: Nobody answered, or not with a stream of events.
        """
        given = {"Accept": "text/event-stream", SESSION: str(uuid.uuid4()), **headers}
        answer = self._send("POST", url, token, {"type": "prompt", "prompt": question}, given)
        if answer.status_code != httpx.codes.OK:
            raise CallFailed(f"HTTP {answer.status_code}")
        return _turn([json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")])

    def tools(self, url: str, token: str) -> frozenset[str]:
        """Names of the tools that an MCP endpoint lists.

        Raises:
            CallFailed: Nobody answered, or not with a list.
        """
        found, cursor = set[str](), None
        for _ in range(_MOST_PAGES):
            page_of: dict[str, Any] = {"params": {"cursor": cursor}} if cursor else {}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", **page_of}
            answer = self._send("POST", url, token, body, _MCP)
            page = _result(answer)
            found |= {tool["name"] for tool in page["tools"]}
            cursor = page.get("nextCursor")
            if not cursor:
                return frozenset(found)
        raise CallFailed(f"the list has more than {_MOST_PAGES} pages")

    def _send(
        self, method: str, url: str, token: str | None, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        given = {**headers, **({"Authorization": f"Bearer {token}"} if token is not None else {})}
        try:
            return self._http.request(method, url, json=body, headers=given)
        except httpx.HTTPError as error:
            raise CallFailed(f"no answer ({type(error).__name__})") from error


def _turn(events: list[dict[str, Any]]) -> Turn:
    started = {event["id"]: event["server"] for event in events if event["type"] == "tool_start"}
    ended = {event["id"]: event["status"] for event in events if event["type"] == "tool_end"}
    consents = [event["url"] for event in events if event["type"] == "consent_required"]
    return Turn(
        athlete=next((event["athlete"] for event in events if event["type"] == "session"), ""),
        tools=frozenset(team for use, team in started.items() if ended.get(use) == "success"),
        answered=any(event["type"] == "done" and event["answer"] for event in events),
        consent=consents[0] if consents else None,
    )


def _result(answer: httpx.Response) -> dict[str, Any]:
    """The result of a JSON-RPC answer, as JSON or as the one event of a stream."""
    lines = [line[5:] for line in answer.text.splitlines() if line.startswith("data:")]
    try:
        result: dict[str, Any] = json.loads(lines[-1] if lines else answer.text)["result"]
    except (ValueError, KeyError, TypeError) as error:
        raise CallFailed(f"HTTP {answer.status_code}, and no list of tools") from error
    return result
