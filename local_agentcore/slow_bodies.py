"""A request whose body does not arrive is given up: otherwise a few hundred of them would hold a part's memory.

On AWS the service in front does this; here every port of the stack has it.
"""

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_TIMEOUT_S = 30.0


class SlowBodies:
    """ASGI middleware: after the time for a body is over, the application is told that the client has gone.

    Only the body is limited: waiting for a disconnect during a long answer is not.
    """

    def __init__(self, app: ASGIApp, timeout_s: float = BODY_TIMEOUT_S) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline, complete = time.monotonic() + self._timeout_s, False

        async def receive_in_time() -> Message:
            nonlocal complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                complete = True
                return {"type": "http.disconnect"}
            complete = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)
