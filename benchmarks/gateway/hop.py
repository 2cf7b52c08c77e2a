"""The least that anything between a caller and a server can do: `python -m benchmarks.gateway.hop PORT URL`.

One pooled client, the body passed on as it came, the answer passed back as it came. No token, no policy, no parsing.
"""

import sys

import aiohttp
import uvloop
from starlette.types import Receive, Scope, Send

from benchmarks.gateway.backends import body_of, send_json, serve_until_input_ends


class Hop:
    """Passes everything on to one place.

    Args:
        url: The place.
        http: Pooled.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if scope["method"] != "POST":
            await send_json(send, b"{}")
            return
        async with self._http.post(self._url, data=await body_of(receive), headers=headers) as answer:
            await send_json(send, await answer.read())


async def main(port: int, url: str) -> None:
    """Serve until standard input ends."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        await serve_until_input_ends(Hop(url, http), port, lifespan=False)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
