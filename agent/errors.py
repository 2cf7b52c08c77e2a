"""What can keep the coach from answering.

CoachError                       one sentence for the athlete and a code; the text is never an exception's text
├── RequestRefused               the invocation is not one of the three that exist
│   ├── NothingToResume          no question waits for a consent, or it came too late
│   ├── SessionIdInvalid         no session id, or not one that AgentCore makes
│   └── SessionBusy              the session is still answering
├── SignInNeeded                 no token, a refused one, or no workload token
│   └── InvocationForbidden      a good token without the scope for the coach
├── IdentityUnavailable          the keys that verify tokens cannot be read
├── ApprovalUnknown              no such approval is open
│   ├── ApprovalExpired          it was open too long ago
│   └── ApprovalMismatch         what would run is not what was shown
├── ModelUnavailable             the chosen model cannot be used
│   ├── ModelNotAvailableYet     its provider comes with a later version
│   ├── ModelUnknown             no such provider
│   └── StructuredOutputUnavailable   the offline coach fills no forms
├── TelemetryNotRedacted         the process must not start: traces would hold health data
└── TurnFailed                   our bug, or a dependency's; the log has it under the id
"""

from typing import ClassVar


class CoachError(Exception):
    """Something the athlete is told in one sentence."""

    code: ClassVar[str] = "internal"
    sentence: ClassVar[str] = "Something went wrong on our side. Please try again."

    @property
    def for_athlete(self) -> str:
        """The sentence the athlete reads."""
        return self.sentence


class RequestRefused(CoachError):
    code = "bad_request"
    sentence = "The coach did not understand this request."


class NothingToResume(RequestRefused):
    sentence = "No question waits for your consent, or it waited too long. Ask again."


class SessionIdInvalid(RequestRefused):
    code = "session_invalid"
    sentence = "The session id is missing or malformed. Start a new session."


class SessionBusy(RequestRefused):
    code = "session_busy"
    sentence = "This session is still answering the question before. Wait for it or start another session."


class SignInNeeded(CoachError):
    code = "sign_in_needed"
    sentence = "You are not signed in, or the sign-in has run out. Sign in again."


class InvocationForbidden(SignInNeeded):
    code = "forbidden"
    sentence = "This sign-in does not allow talking to the coach. Sign in again and agree to it."


class IdentityUnavailable(CoachError):
    code = "identity_unavailable"
    sentence = "Sign-ins cannot be checked right now. Please try again in a moment."


class ApprovalUnknown(CoachError):
    code = "approval_unknown"
    sentence = "There is nothing waiting for this approval. Ask again."


class ApprovalExpired(ApprovalUnknown):
    code = "approval_expired"
    sentence = "The approval came too late, so nothing was changed. Ask again."


class ApprovalMismatch(ApprovalUnknown):
    code = "approval_mismatch"
    sentence = "What would be done is not what was shown, so nothing was changed. Ask again."


class ModelUnavailable(CoachError):
    code = "model_unavailable"
    sentence = "The chosen model cannot be used."


class ModelNotAvailableYet(ModelUnavailable):
    """Args: setting: The value of COACH_MODEL."""

    def __init__(self, setting: str) -> None:
        self.setting = setting
        super().__init__(f"{setting} is not available yet")

    @property
    def for_athlete(self) -> str:
        return f"The model {self.setting} is not available yet; COACH_MODEL=offline works."


class ModelUnknown(ModelUnavailable):
    """Args: setting: The value of COACH_MODEL."""

    def __init__(self, setting: str) -> None:
        self.setting = setting
        super().__init__(f"{setting} names no model")

    @property
    def for_athlete(self) -> str:
        return f"{self.setting} names no model; COACH_MODEL=offline works."


class StructuredOutputUnavailable(ModelUnavailable):
    sentence = "The offline coach cannot fill in forms."


class TelemetryNotRedacted(CoachError):
    """OTEL_SEMCONV_STABILITY_OPT_IN lacks `gen_ai_unredacted_attributes=`."""


class TurnFailed(CoachError):
    """Args: incident: The id under which the log has the exception."""

    def __init__(self, incident: str) -> None:
        self.incident = incident
        super().__init__(f"incident {incident}")

    @property
    def for_athlete(self) -> str:
        return f"{self.sentence} (incident {self.incident})"
