"""The tools of the activities server that an import calls, asked again while there is hope.

An upload is idempotent by its content, so a call whose answer was lost may be repeated. What the server has looked at
and refused is not asked again.
"""

import asyncio
import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, TextContent
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.terminal.importing.connection import NO_ANSWER
from agent.terminal.importing.errors import FileRefused, NoAnswer
from agent.terminal.importing.options import UploadOptions
from agent.terminal.importing.report import UploadedItem, UploadResult
from agent.terminal.plain_text import one_line

UPLOAD = "upload_activities"
LIST_UPLOADS = "list_uploads"
MOST_DIGESTS = 50
UNANSWERED = frozenset({NO_ANSWER, CONNECTION_CLOSED, REQUEST_TIMEOUT})
PASSING_KINDS = frozenset({"upstream_unavailable", "rate_limited"})
UNKNOWN_ANSWER = "the server's answer is not one that this version knows"


@dataclass(frozen=True)
class Patience:
    """How often a call is repeated.

    Attributes:
        pauses_s: Before the second, third, … attempt; a server that names a longer one gets it. Together they outlast
            the start of a part that died.
        in_all_s: From the first attempt to the last; the server's own limit for a call is a minute.
    """

    pauses_s: Sequence[float] = (0.5, 1.0, 2.0, 4.0, 8.0)
    in_all_s: float = 180.0


class ActivityCalls:
    """Calls to a connected server.

    Args:
        client: Connected.
        patience: How often a call is repeated.
    """

    def __init__(self, client: Client, patience: Patience) -> None:
        self._client = client
        self._patience = patience

    async def offers_list(self) -> bool:
        """Whether the server can say what it has: an older one cannot, and then everything is sent.

        Raises:
            MCPError: It does not answer.
        """
        tools = await self._client.list_tools()
        return any(tool.name == LIST_UPLOADS for tool in tools.tools)

    async def known(self, digests: Sequence[str]) -> dict[str, list[UploadedItem]]:
        """Items of the contents that the history has taken already, by their digests.

        Args:
            digests: At most 50.

        Raises:
            NoAnswer: There was none.
        """
        try:
            result = await self._call(LIST_UPLOADS, {"sha256": list(digests)})
            uploads = [] if result.is_error else _Uploads.model_validate(result.structured_content).uploads
        except (FileRefused, ValidationError):
            return {}  # everything is sent then
        return {upload.sha256: upload.items for upload in uploads if upload.items}

    async def upload(self, name: str, content: bytes, options: UploadOptions) -> UploadResult:
        """Sends one file.

        Raises:
            FileRefused: The server did not take it.
            NoAnswer: There was none.
        """
        encoded = await asyncio.to_thread(base64.b64encode, content)
        arguments = {
            "file_name": name,
            "content_base64": encoded.decode(),
            "dry_run": options.dry_run,
            "rehearsal": options.rehearsal,
            "home_timezone": options.home_timezone,
        }
        result = await self._call(UPLOAD, {name: value for name, value in arguments.items() if value is not None})
        if result.is_error:
            raise FileRefused(_failure(result).message)
        try:
            return UploadResult.model_validate(result.structured_content)
        except ValidationError as error:
            raise FileRefused(UNKNOWN_ANSWER) from error

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """A result that counts, good or bad."""
        deadline = time.monotonic() + self._patience.in_all_s
        pauses = iter(self._patience.pauses_s)
        while True:
            try:
                return await self._attempt(tool, arguments)
            except _Passing as passing:
                pause = next(pauses, None)
                wait = None if pause is None else max(pause, passing.retry_after_s or 0)
                if wait is None or time.monotonic() + wait > deadline:
                    raise NoAnswer(f"no answer from the activities server ({passing.why})") from passing
            await asyncio.sleep(wait)

    async def _attempt(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        try:
            result = await self._client.call_tool(tool, dict(arguments))
        except MCPError as error:
            if error.code not in UNANSWERED:
                raise FileRefused(one_line(error.message)) from error
            data = error.data if isinstance(error.data, dict) else {}
            raise _Passing(one_line(error.message), data.get("retry_after_s")) from error
        except (ValidationError, RuntimeError) as error:  # the SDK checks answers against their schema
            raise FileRefused(UNKNOWN_ANSWER) from error
        if result.is_error and (failure := _failure(result)).kind in PASSING_KINDS:
            raise _Passing(failure.message, failure.retry_after_s)
        return result


class _Passing(Exception):
    """May be over the next time."""

    def __init__(self, why: str, retry_after_s: float | None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after_s = retry_after_s


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Upload(_Wire):
    sha256: str
    items: list[UploadedItem] = Field(default_factory=list)


class _Uploads(_Wire):
    uploads: list[_Upload]


class _Failure(_Wire):
    kind: str = ""
    message: str = "refused without a reason"
    retry_after_s: float | None = None


class _FailureText(_Wire):
    error: _Failure


def _failure(result: CallToolResult) -> _Failure:
    """What an error result says: a JSON object by our servers, a sentence by others."""
    text = " ".join(content.text for content in result.content if isinstance(content, TextContent))
    try:
        failure = _FailureText.model_validate_json(text).error
    except ValidationError:
        failure = _Failure(message=text) if text.strip() else _Failure()
    return failure.model_copy(update={"message": one_line(failure.message)})
