"""Sends activity files to the activities MCP server, as an MCP client of its own (loaded for `import` alone)."""

import asyncio
import base64
import gzip
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent
from pydantic import ValidationError

from agent.terminal.activity_files import ActivityFile
from agent.terminal.errors import TerminalError, UploadRefused
from agent.terminal.import_report import ReportItem, UploadResult, rejected, report_items
from agent.terminal.plain_text import one_line

TOOL = "upload_activities"
IN_FLIGHT = 3
GZIP_ABOVE_BYTES = 1_000_000
LARGEST_SENT_BYTES = 9_900_000  # the request limit of REST API Gateway is 10 MB
FILE_LIMIT_S = 120.0
CONNECTION_ERRORS = (httpx2.HTTPError, MCPError, OSError)


class FreshBearer(httpx2.Auth):
    """The bearer of each request, renewed before it ends: a large import outlives an access token.

    Args:
        token: Gives a token that is still good; may block for a refresh.

    Attributes:
        failure: Why the token could not be renewed. Raised inside a request it would end in the client's own
            task group, as a group of exceptions; the request goes out with the last token instead.

    Raises:
        TerminalError: There is no token to begin with.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self._last = token()
        self.failure: TerminalError | None = None

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        if self.failure is None:
            try:
                self._last = await asyncio.to_thread(self._token)
            except TerminalError as error:
                self.failure = error
        request.headers["Authorization"] = f"Bearer {self._last}"
        yield request


def upload_all(
    url: str,
    token: Callable[[], str],
    files: Iterable[ActivityFile],
    *,
    dry_run: bool,
    time_zone: str | None,
    tell: Callable[[str], None],
) -> list[ReportItem]:
    """Sends the files, a few at a time, and returns what became of them in the order of the files.

    Args:
        url: MCP endpoint.
        token: Gives an access token for it.
        files: Read one by one: an export does not fit into memory.
        dry_run: Write nothing.
        time_zone: Zone for times without one.
        tell: Called with each file's path when it is done.

    Raises:
        TerminalError: There is no token, or no longer one.
        UploadRefused: The server is not there, or is none.
    """
    bearer = FreshBearer(token)
    upload = _upload(url, bearer, iter(files), {"dry_run": dry_run, "home_timezone": time_zone}, tell)
    try:
        items = asyncio.run(upload)
    except (ExceptionGroup, *CONNECTION_ERRORS) as error:
        if isinstance(error, ExceptionGroup) and error.split(CONNECTION_ERRORS)[1] is not None:
            raise  # something else than the connection: a defect
        raise bearer.failure or UploadRefused("the activities server did not take the upload") from error
    if bearer.failure is not None:
        raise bearer.failure
    return items


async def _upload(
    url: str,
    bearer: FreshBearer,
    files: Iterator[ActivityFile],
    options: dict[str, object],
    tell: Callable[[str], None],
) -> list[ReportItem]:
    done: dict[int, list[ReportItem]] = {}
    numbered = enumerate(files)

    async def send_one_after_another(client: Client) -> None:
        for number, file in numbered:
            if bearer.failure is not None:
                return
            done[number] = await _send(client, file, options)
            tell(file.path)

    limits = httpx2.Timeout(10, read=FILE_LIMIT_S)
    async with (
        httpx2.AsyncClient(auth=bearer, timeout=limits, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), read_timeout_seconds=FILE_LIMIT_S) as client,
        asyncio.TaskGroup() as senders,
    ):
        for _ in range(IN_FLIGHT):
            senders.create_task(send_one_after_another(client))
    return [item for number in sorted(done) for item in done[number]]


async def _send(client: Client, file: ActivityFile, options: dict[str, object]) -> list[ReportItem]:
    if file.content is None:
        return [rejected(file.path, file.refusal or "refused")]
    content = packed(file.content)
    if len(content) > LARGEST_SENT_BYTES:
        return [rejected(file.path, "too large even when compressed")]
    arguments = {"file_name": file.name, "content_base64": base64.b64encode(content).decode(), **options}
    try:
        result = await client.call_tool(TOOL, {name: value for name, value in arguments.items() if value is not None})
    except MCPError as error:
        return [rejected(file.path, one_line(str(error)))]
    return _items(file, result)


def packed(content: bytes) -> bytes:
    """Large files compressed: XML shrinks to a tenth, and the receiver recognises gzip by its first bytes."""
    already = content.startswith(b"\x1f\x8b")
    return content if already or len(content) <= GZIP_ABOVE_BYTES else gzip.compress(content, compresslevel=6, mtime=0)


def _items(file: ActivityFile, result: CallToolResult) -> list[ReportItem]:
    if result.is_error:
        return [rejected(file.path, _error_text(result))]
    try:
        return report_items(file.path, file.name, UploadResult.model_validate(result.structured_content))
    except ValidationError:
        return [rejected(file.path, "the server's answer is not one that this version knows")]


def _error_text(result: CallToolResult) -> str:
    texts = [content.text for content in result.content if isinstance(content, TextContent)]
    return one_line(" ".join(texts)) or "refused without a reason"
