"""A program of strangers: FastMCP's client with its OAuth, as its documentation shows it.

`python program.py URL MODE` with the environment of `requirements.txt`; prints what it saw as one JSON document.
"""

import asyncio
import json
import sys
import webbrowser
from typing import Any

from fastmcp import Client
from fastmcp.client.auth import OAuth
from fastmcp.client.elicitation import ElicitResult
from mcp.shared.exceptions import MCPError

CLUBS = "socials___list_clubs"
URL_ELICITATION_REQUIRED = -32042
PATIENCE_S = 1.0
MOST_TRIES = 20


class Pages:
    """Opens each page once, in the browser of this computer."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    async def show(self, message: str, response_type: Any, params: Any, context: Any) -> ElicitResult:  # noqa: ARG002 - FastMCP's names
        """Answer an elicitation: the person is on the page, or goes there now."""
        self.open(params.url)
        await asyncio.sleep(PATIENCE_S)
        return ElicitResult(action="accept")

    def open(self, url: str) -> None:
        if url not in self.opened:
            self.opened.append(url)
            webbrowser.open(url)


async def clubs(client: Client[Any], pages: Pages) -> Any:
    """The clubs, after as many tries as the person takes to agree."""
    for _ in range(MOST_TRIES):
        try:
            return await client.call_tool(CLUBS, {})
        except MCPError as error:
            if error.error.code != URL_ELICITATION_REQUIRED:
                raise
            # The page of the first try is the one that the person is on.
            if not pages.opened:
                pages.open(error.error.data["elicitations"][0]["url"])
        await asyncio.sleep(PATIENCE_S)
    raise TimeoutError


async def main(url: str, mode: str) -> None:
    """Sign in, list, call."""
    pages = Pages()
    async with Client(url, auth=OAuth(), elicitation_handler=pages.show, mode=mode) as client:
        tools = [tool.name for tool in await client.list_tools()]
        result = await clubs(client, pages)
    print(json.dumps({"tools": tools, "pages": pages.opened, "clubs": result.structured_content}))  # noqa: T201 - its answer


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
