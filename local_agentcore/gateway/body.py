"""The body of a request: bounded in size and time, and read to its end before anything is decided on it."""

import asyncio

from starlette.types import Receive

from local_agentcore.gateway.errors import BodyEncoded, BodyTooLarge, BodyTooSlow, ClientGone
from local_agentcore.gateway.headers import RequestHeaders

BODY_TIMEOUT_S = 30.0


async def read_body(receive: Receive, headers: RequestHeaders, limit: int) -> bytes:
    """The whole body, at most `limit` bytes.

    Raises:
        BodyEncoded: Not declared as plain JSON: a compressed body is never unfolded here.
        BodyTooLarge: Declared or received more; nothing beyond the limit was kept.
        BodyTooSlow: Not complete within 30 s.
        ClientGone: The client left before.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or headers.get("content-encoding", "identity").lower() != "identity":
        raise BodyEncoded
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise BodyTooLarge
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await _all_of(receive, limit)
    except TimeoutError as error:
        raise BodyTooSlow from error


async def _all_of(receive: Receive, limit: int) -> bytes:
    received = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        received += message.get("body", b"")
        if len(received) > limit:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(received)
