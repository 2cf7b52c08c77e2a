"""Why a request to the gateway ends early.

RequestRefused              an HTTP status and a JSON-RPC error; the class says all that the sender learns
├── HeadersTooLarge         431
├── BodyTooLarge            413
├── BodyTooSlow             408
├── BodyEncoded             415, not plain JSON
├── MalformedRequest        400, not one JSON-RPC message with exactly one meaning
├── InvalidParams           400, the method does not take these
├── RequestStateRefused     400, the state that a call came back with is not for this call
├── HeaderMismatch          400, headers and body name different things
├── VersionUnsupported      400, names the versions that are
├── WrongHost               421, DNS rebinding or a misrouted request
├── ForeignOrigin           403, a web page
├── NotAcceptable           406, the client reads neither of our two formats
├── MethodNotAllowed        405
├── PathUnknown             404
├── MethodUnknown           404 (200 before 2026-07-28)
├── NameUnknown             400 (200 before 2026-07-28), no such tool, prompt or resource for this caller
├── SessionUnknown          404, also for sessions of others
├── NotPermitted            403, a policy says no
├── RequestNotPassed        500, an interceptor gave no usable answer; nothing was done
├── AnswerNotPassed         500, likewise, but the request was done
├── TooManyRequests         429, with the seconds to wait
└── CredentialUnavailable   502 or 503, no token for the target

TargetFailure               the target gave no usable answer
├── TargetUnreachable       `sent` says whether the request may have reached it
├── TargetSilent            likewise, but nothing came back in time
├── TargetPaused            not asked: it has failed too often just now
├── TargetRefused           an HTTP status instead of an answer
│   └── OperationRefused    an API's answer to one operation that says no
└── TargetBroken            an answer that is none: not JSON-RPC, or without end

ClientGone                  nobody waits for the answer any more
CredentialForTwoPlaces      a StackError: the configuration would send one token to two places
PlaceRefused                a StackError: the configuration leads to a place where no target may be
OpenApiUnusable             a StackError: an OpenAPI document that cannot be called safely
SchemaUnusable              a StackError: a tool with a schema that is none
FunctionUnknown             a StackError: the configuration names a function that nobody gave
FunctionFailed              a local function raised, or gave no answer that JSON can say
FunctionSilent              a local function takes too long
InterceptorUnusable         an interceptor's answer is none
ConsentWithoutReturn        a StackError: nobody could finish a consent of this target
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from local_agentcore.errors import StackError

INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022
NOT_PERMITTED = -32002


class RequestRefused(Exception):
    """A request that reaches no target."""

    status: ClassVar[int] = 400
    code: ClassVar[int] = INVALID_REQUEST
    message: ClassVar[str] = "Invalid request"
    # Status for clients before 2026-07-28, where it differs: they take a 4xx for the end of the connection.
    handshake_status: ClassVar[int | None] = None

    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    @property
    def data(self) -> Any:
        return None


class HeadersTooLarge(RequestRefused):
    status: ClassVar[int] = 431
    message: ClassVar[str] = "Request headers too large"


class BodyTooLarge(RequestRefused):
    status: ClassVar[int] = 413
    message: ClassVar[str] = "Request body too large"


class BodyTooSlow(RequestRefused):
    status: ClassVar[int] = 408
    message: ClassVar[str] = "Request body too slow"


class BodyEncoded(RequestRefused):
    status: ClassVar[int] = 415
    message: ClassVar[str] = "Content-Type must be application/json, without Content-Encoding"


class MalformedRequest(RequestRefused):
    message: ClassVar[str] = "Body must be a single, unambiguous JSON-RPC request or notification"


class InvalidParams(RequestRefused):
    """The parameters do not fit the method; `hint` names the parameter, never its value."""

    code: ClassVar[int] = INVALID_PARAMS
    message: ClassVar[str] = "Invalid parameters"
    handshake_status: ClassVar[int | None] = 200

    def __init__(self, hint: str) -> None:
        self.hint = hint
        super().__init__(hint)

    @property
    def data(self) -> Any:
        return self.hint


class RequestStateRefused(RequestRefused):
    """Args: reason: For the log; the sender learns nothing of it."""

    code: ClassVar[int] = INVALID_PARAMS
    message: ClassVar[str] = "Invalid or expired requestState"
    handshake_status: ClassVar[int | None] = 200

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    @property
    def data(self) -> Any:
        return {"reason": "invalid_request_state"}


class HeaderMismatch(RequestRefused):
    code: ClassVar[int] = HEADER_MISMATCH
    message: ClassVar[str] = "A protocol header is missing, occurs twice, or does not match the body"


class VersionUnsupported(RequestRefused):
    code: ClassVar[int] = UNSUPPORTED_VERSION
    message: ClassVar[str] = "Unsupported protocol version"

    def __init__(self, requested: str, supported: tuple[str, ...]) -> None:
        self.requested = requested
        self.supported = supported
        super().__init__(requested)

    @property
    def data(self) -> Any:
        return {"supported": list(self.supported), "requested": self.requested}


class WrongHost(RequestRefused):
    status: ClassVar[int] = 421
    message: ClassVar[str] = "Misdirected request"


class ForeignOrigin(RequestRefused):
    status: ClassVar[int] = 403
    message: ClassVar[str] = "Origin not allowed"


class NotAcceptable(RequestRefused):
    status: ClassVar[int] = 406
    message: ClassVar[str] = "Accept must name application/json or text/event-stream"


class MethodNotAllowed(RequestRefused):
    status: ClassVar[int] = 405
    message: ClassVar[str] = "Only POST is served, and DELETE for sessions"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Allow": "POST, DELETE"}


class PathUnknown(RequestRefused):
    status: ClassVar[int] = 404
    message: ClassVar[str] = "Not found"


class MethodUnknown(RequestRefused):
    status: ClassVar[int] = 404
    code: ClassVar[int] = METHOD_NOT_FOUND
    message: ClassVar[str] = "Method not found"
    handshake_status: ClassVar[int | None] = 200


class NameUnknown(RequestRefused):
    code: ClassVar[int] = INVALID_PARAMS
    message: ClassVar[str] = "There is nothing of this name. List what there is; names are matched exactly"
    handshake_status: ClassVar[int | None] = 200


class SessionUnknown(RequestRefused):
    status: ClassVar[int] = 404
    message: ClassVar[str] = "Session not found"


class NotPermitted(RequestRefused):
    status: ClassVar[int] = 403
    code: ClassVar[int] = NOT_PERMITTED
    message: ClassVar[str] = "Not permitted by policy"


class RequestNotPassed(RequestRefused):
    status: ClassVar[int] = 500
    code: ClassVar[int] = INTERNAL_ERROR
    message: ClassVar[str] = "The request could not be looked at, so it was not passed on"
    handshake_status: ClassVar[int | None] = 200


class AnswerNotPassed(RequestRefused):
    status: ClassVar[int] = 500
    code: ClassVar[int] = INTERNAL_ERROR
    message: ClassVar[str] = "The answer could not be looked at, so it is not given. Look before trying again"
    handshake_status: ClassVar[int | None] = 200


class TooManyRequests(RequestRefused):
    """Args: retry_after_s: Whole seconds after which one request is let through again."""

    status: ClassVar[int] = 429
    message: ClassVar[str] = "Too many requests"

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"for {retry_after_s} s")

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class CredentialUnavailable(RequestRefused):
    """No token for the target could be had. Nothing was sent to it."""

    status: ClassVar[int] = 502
    code: ClassVar[int] = INTERNAL_ERROR
    message: ClassVar[str] = "No access to the target could be obtained"


class VaultUnavailable(CredentialUnavailable):
    status: ClassVar[int] = 503
    message: ClassVar[str] = "Access to the target cannot be obtained at the moment"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "5"}


class TargetFailure(Exception):
    """The target gave no usable answer. The text is for the log and for callers of a gateway in debug mode.

    Attributes:
        sent: Whether the request may have reached the target.
    """

    sent: bool = True


class TargetUnreachable(TargetFailure):
    def __init__(self, reason: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(reason)


class TargetSilent(TargetFailure):
    pass


class TargetPaused(TargetFailure):
    sent = False


class TargetRefused(TargetFailure):
    """Args: status: HTTP status of the answer."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"HTTP status {status}")


class OperationRefused(TargetRefused):
    pass


class TargetBroken(TargetFailure):
    pass


class ClientGone(Exception):
    pass


class CredentialForTwoPlaces(StackError):
    """Args: target: Whose endpoint is elsewhere. provider: Whose token it would get."""

    def __init__(self, target: str, provider: str) -> None:
        super().__init__(f"target {target} is at another place than a target that gets the same token from {provider}")


class PlaceRefused(StackError):
    """Args: target: Whose endpoint it is. reason: What is wrong with it."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"target {target} is at a place where no target may be: {reason}")


class OpenApiUnusable(StackError):
    """Args: reason: What is wrong. at: Where in the document."""

    def __init__(self, reason: str, *, at: str = "") -> None:
        self.reason = reason
        super().__init__(f"an OpenAPI document cannot be used: {f'{at}: ' if at else ''}{reason}")


class SchemaUnusable(StackError):
    def __init__(self) -> None:
        super().__init__("a tool has a schema that is none")


class FunctionUnknown(StackError):
    """Args: name: Of the function. used_by: Who names it."""

    def __init__(self, name: str, used_by: str) -> None:
        super().__init__(f"{used_by} names the function {name}, which is not among those that the gateway was given")


class FunctionFailed(Exception):
    """Args: name: Of the function. reason: Ours, or the class of what it raised; never its text."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


class FunctionSilent(Exception):
    pass


class InterceptorUnusable(Exception):
    pass


class ConsentWithoutReturn(StackError):
    """Args: target: Needs consents; there is no return URL for them, or no key that ties them to the person."""

    def __init__(self, target: str) -> None:
        super().__init__(f"target {target} needs consents, but nothing says where they land and for whom")
