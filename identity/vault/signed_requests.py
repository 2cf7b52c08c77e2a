"""A request over HTTP as its signature covers it: bytes, before anything is made of them."""

from starlette.requests import Request

from identity.vault.errors import BodyTooLarge
from identity.vault.sigv4 import SignedRequest

LARGEST_BODY = 1_048_576


async def read_signed(request: Request) -> SignedRequest:
    """The whole request.

    Raises:
        BodyTooLarge: Nothing beyond the limit was kept.
        starlette.requests.ClientDisconnect: The client left before.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge("the body is too large", reason="CannotParse")
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return SignedRequest(
        method=request.method,
        path=raw_path.partition(b"?")[0].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers.raw),
        body=bytes(body),
    )
