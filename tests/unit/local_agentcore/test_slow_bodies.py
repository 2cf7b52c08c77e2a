"""A body that never ends is given up; a long answer is not."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from local_agentcore.slow_bodies import SlowBodies

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}


async def nothing_sent(_: Message) -> None:
    """Answers are not looked at here."""


async def never(after: list[Message]) -> Message:
    """The messages that came, then silence."""
    if after:
        return after.pop(0)
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def test_a_body_that_stops_arriving_ends_like_a_disconnect() -> None:
    seen: list[str] = []

    async def app(_: Scope, receive: Receive, __: Send) -> None:
        seen.extend([(await receive())["type"], (await receive())["type"]])

    came: list[Message] = [{"type": "http.request", "body": b"half", "more_body": True}]
    await asyncio.wait_for(SlowBodies(app, timeout_s=0.05)(SCOPE, lambda: never(came), nothing_sent), timeout=5)
    assert seen == ["http.request", "http.disconnect"]


async def test_waiting_for_a_disconnect_after_the_whole_body_has_no_limit() -> None:
    gone = asyncio.Event()
    seen: list[str] = []
    came: list[Message] = [{"type": "http.request", "body": b"all", "more_body": False}]

    async def receive() -> Message:
        if came:
            return came.pop(0)
        await gone.wait()
        return {"type": "http.disconnect"}

    async def app(_: Scope, receive_: Receive, __: Send) -> None:
        seen.append((await receive_())["type"])
        waiting = asyncio.ensure_future(receive_())
        await asyncio.sleep(0.1)
        assert not waiting.done()
        gone.set()
        seen.append((await waiting)["type"])

    await asyncio.wait_for(SlowBodies(app, timeout_s=0.02)(SCOPE, receive, nothing_sent), timeout=5)
    assert seen == ["http.request", "http.disconnect"]
