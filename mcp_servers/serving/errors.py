"""What can go wrong in an MCP server.

RequestRefused            before any tool runs: an HTTP status and a JSON-RPC error
├── BodyTooLarge          413
├── BodyTooSlow           408
├── MalformedRequest      400, not one unambiguous JSON-RPC message
├── HeaderMismatch        400, headers and body name different things
├── WrongHost             421, DNS rebinding or a misrouted request
├── ForeignOrigin         403, a web page
└── MethodNotAllowed      405, a stateless server offers POST alone

ToolFailure               a tool's answer is an error result; the text is for the model
├── InvalidArguments      the model may correct itself
├── NotFound              likewise for other people's objects: indistinguishable
├── Forbidden
├── Unauthorized          a sign-in or a consent is missing
├── RateLimited           carries the seconds to wait
└── UpstreamUnavailable   nothing the model could do better
"""

from typing import ClassVar, Literal

Kind = Literal["validation", "not_found", "forbidden", "rate_limited", "upstream_unavailable", "unauthorized"]

INVALID_REQUEST = -32600
HEADER_MISMATCH = -32020


class RequestRefused(Exception):
    """A request that no tool may see. The class says all that the sender learns."""

    status: ClassVar[int] = 400
    code: ClassVar[int] = INVALID_REQUEST
    message: ClassVar[str] = "Invalid request"


class BodyTooLarge(RequestRefused):
    status: ClassVar[int] = 413
    message: ClassVar[str] = "Request body too large"


class BodyTooSlow(RequestRefused):
    status: ClassVar[int] = 408
    message: ClassVar[str] = "Request body too slow"


class MalformedRequest(RequestRefused):
    message: ClassVar[str] = "Body must be a single, unambiguous JSON-RPC request or notification"


class HeaderMismatch(RequestRefused):
    code: ClassVar[int] = HEADER_MISMATCH
    message: ClassVar[str] = "Mcp-Method or Mcp-Name does not match the body"


class WrongHost(RequestRefused):
    status: ClassVar[int] = 421
    message: ClassVar[str] = "Misdirected request"


class ForeignOrigin(RequestRefused):
    status: ClassVar[int] = 403
    message: ClassVar[str] = "Origin not allowed"


class MethodNotAllowed(RequestRefused):
    status: ClassVar[int] = 405
    message: ClassVar[str] = "Only POST is served"


class ToolFailure(Exception):
    """A tool could not do what was asked.

    Args:
        message: For the model: what failed and what to do next. Never text of an upstream body.
        retry_after_s: Seconds to wait, where known.
    """

    kind: ClassVar[Kind]

    def __init__(self, message: str, *, retry_after_s: int | None = None) -> None:
        self.message = message
        self.retry_after_s = retry_after_s
        super().__init__(message)


class InvalidArguments(ToolFailure):
    kind: ClassVar[Kind] = "validation"


class NotFound(ToolFailure):
    kind: ClassVar[Kind] = "not_found"


class Forbidden(ToolFailure):
    kind: ClassVar[Kind] = "forbidden"


class Unauthorized(ToolFailure):
    kind: ClassVar[Kind] = "unauthorized"


class RateLimited(ToolFailure):
    kind: ClassVar[Kind] = "rate_limited"


class UpstreamUnavailable(ToolFailure):
    kind: ClassVar[Kind] = "upstream_unavailable"
