"""The events of one turn, as /invocations streams them and `coach ask --json` prints them."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.errors import CoachError

Event = dict[str, Any]


def session(session_id: str, *, athlete: str, model: str) -> Event:
    return {"type": "session", "id": session_id, "athlete": athlete, "model": model}


def tool_start(use_id: str, *, server: str, tool: str, arguments: Mapping[str, Any]) -> Event:
    return {"type": "tool_start", "id": use_id, "server": server, "tool": tool, "input": dict(arguments)}


def tool_end(use_id: str, *, tool: str, status: str, ms: int, result: Any) -> Event:
    """Args: result: The structured content; for a failed call its structured error."""
    return {"type": "tool_end", "id": use_id, "tool": tool, "status": status, "ms": ms, "result": result}


def consent_required(*, provider: str, url: str, scopes: Sequence[str]) -> Event:
    return {"type": "consent_required", "provider": provider, "url": url, "scopes": list(scopes)}


def approval_required(approval_id: str, *, tool: str, arguments: Mapping[str, Any]) -> Event:
    return {"type": "approval_required", "id": approval_id, "tool": tool, "input": dict(arguments)}


def text(delta: str) -> Event:
    return {"type": "text", "text": delta}


def done(answer: str, *, stop_reason: str, ms: int, usage: Mapping[str, int]) -> Event:
    return {"type": "done", "answer": answer, "stop_reason": stop_reason, "ms": ms, "usage": dict(usage)}


def error(problem: CoachError) -> Event:
    """The sentence for the athlete; never the text of an exception."""
    return {"type": "error", "code": problem.code, "message": problem.for_athlete}
