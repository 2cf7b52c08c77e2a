"""Errors of the APIs.

ApiError                      answered to the client as RFC 9457 problem+json
├── InvalidRequest            400
│   └── CursorRefused         400, the cursor is forged, cut or of another caller or filter
├── NotFound                  404, also for what belongs to somebody else
├── IdempotencyKeyReused      409, the same key with another request
├── PreconditionFailed        409, somebody else wrote in between
├── PreconditionRequired      428, a change that does not say which state it changes
├── StateChanged              412, the object is no longer as the client saw it
└── PayloadTooLarge           413
StoreError                    never shown to a client as it is
├── ItemRefused               the program wrote what a table cannot hold: our bug
├── TransactionConflict       a condition of a transaction did not hold
└── StoreUnavailable          503: the database does not answer, or not now (an ApiError too)
CallerUnknown                 the handler was reached around its authorizer: our bug, 502
InvocationFailed              a Lambda function crashed: says of which kind the error was, and no more
BodyIncomplete                the client went away before its request was complete: nothing is done
KeyUnknown, UsageExceeded     from the usage plan: 403 and 429
Unauthorized                  from the authorizer: API Gateway makes a 401 of exactly this text
DecisionUnavailable           whoever decides cannot be asked: 500, nobody is let in
QuestionUnfit                 Cedar cannot be asked this: a denial
PolicyFilesInvalid            the process refuses to start
DatabaseNotConfigured         likewise
CursorKeyNotConfigured        likewise, where several processes answer
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: where it is and what was expected. Never the value that was sent."""

    field: str
    message: str


class ApiError(Exception):
    """A refusal that the client is told about; ``detail`` must hold nothing the caller may not know."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error"

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)


class InvalidRequest(ApiError):
    status = 400
    title = "Bad Request"


class CursorRefused(InvalidRequest):
    def __init__(self) -> None:
        super().__init__("The cursor does not belong to this request; start again without a cursor.")


class NotFound(ApiError):
    """The object does not exist, or the caller may not know that it does (the answers are the same)."""

    status = 404
    title = "Not Found"


class IdempotencyKeyReused(ApiError):
    status = 409
    title = "Conflict"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another request; send a new key.")


class PreconditionFailed(ApiError):
    status = 409
    title = "Conflict"


class PreconditionRequired(ApiError):
    """RFC 6585 §3."""

    status = 428
    title = "Precondition Required"


class StateChanged(ApiError):
    """RFC 9110 §15.5.13."""

    status = 412
    title = "Precondition Failed"

    def __init__(self) -> None:
        super().__init__("The object has changed since you have seen it; read it again and repeat your change.")


class PayloadTooLarge(ApiError):
    status = 413
    title = "Payload Too Large"


class StoreError(Exception):
    """The database or the use of it failed; the entry point answers a generic 502."""


class ItemRefused(StoreError, ValueError):
    pass


class TransactionConflict(StoreError):
    """Nothing was written. ``reasons`` has one entry per write: ``"exists"``, ``"stale"`` or None."""

    def __init__(self, reasons: Sequence[str | None]) -> None:
        super().__init__("a condition of the transaction did not hold")
        self.reasons = tuple(reasons)


class StoreUnavailable(StoreError, ApiError):
    """The database cannot be reached, or is asked for too much; what was asked may or may not have been done."""

    status = 503
    title = "Service Unavailable"

    def __init__(self) -> None:
        ApiError.__init__(self, "The data cannot be reached at the moment; please try again.")


class CallerUnknown(Exception):
    """The event carries no authorizer context."""


class InvocationFailed(Exception):
    pass


class BodyIncomplete(Exception):
    pass


class KeyUnknown(Exception):
    """No API key, or none of the usage plan: 403, as API Gateway answers it."""


class UsageExceeded(Exception):
    """An API key has used up its requests: 429.

    Args:
        retry_after_s: Seconds until the next period.
    """

    def __init__(self, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__("usage plan exceeded")


class Unauthorized(Exception):
    def __init__(self) -> None:
        super().__init__("Unauthorized")


class DecisionUnavailable(Exception):
    """Throttled, unreachable, or the store does not let us ask; the text is a code of the service."""


class QuestionUnfit(ValueError):
    """Context or entities of a policy question are not what Cedar takes."""


class PolicyFilesInvalid(Exception):
    """Policies and schema do not fit together, or cannot be read."""


class DatabaseNotConfigured(Exception):
    pass


class CursorKeyNotConfigured(Exception):
    pass
