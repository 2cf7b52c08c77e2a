"""What the authorization server refuses.

OAuth2Error (Authlib: `error` and `status_code` are wire facts, `redirect_uri` says whether the client may learn)
├── UnknownGrantType         unsupported_grant_type, RFC 6749 §5.2
├── UnknownResponseType      unsupported_response_type, RFC 6749 §4.1.2.1
├── AssertionRefused         invalid_client, RFC 6749 §5.2; the reason is for the log
├── InvalidTarget            RFC 8707 §2, RFC 8693 §2.2.2
├── LoginRequired            OpenID Connect Core §3.1.2.6
└── ConsentRequired          the same
RequestRefused               not OAuth: answered to whoever asks, never by a redirect
├── BodyTooLarge             413
├── NotAForm                 400
├── FormForged               403, the CSRF token is not this session's
├── Throttled                429 with Retry-After
├── RegistrationsFull        429, too many clients have registered themselves
├── MetadataRefused          400 invalid_client_metadata, RFC 7591 §3.2.2
│   └── RedirectUriRefused   400 invalid_redirect_uri, the same
├── ManagementRefused        401, RFC 7592 §2
├── OperatorRefused          401, not the operator, or not from a program of this computer
├── AdminRequestRefused      400, the operator's request cannot be carried out
├── NothingThere             404
├── StillConfigured          409, the hop table says that it exists
├── RequestUriRefused        400 invalid_request_uri, RFC 9101 §7; there is nowhere safe to redirect to
├── LogoutRefused            400, who asks or where to return is not what was registered
├── DeviceCodesThrottled     429, somebody guesses user codes, or too many wait for an answer
└── LocalSignInRefused       403, one text for every reason; the reason is for the log
ConfigurationRefused         start is refused
└── KeyFileExposed           somebody else may read or replace the private keys
"""

from typing import ClassVar

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    OAuth2Error,
    UnsupportedGrantTypeError,
    UnsupportedResponseTypeError,
)

# One text for every way of not being the client (K08, K21).
CLIENT_UNPROVEN = "The client is unknown or did not prove its identity."


class UnknownGrantType(UnsupportedGrantTypeError):  # type: ignore[misc]  # Authlib ships no types
    """Like Authlib's, without repeating what the caller sent."""

    def get_error_description(self) -> str:
        return "The grant_type is missing or not supported."


class UnknownResponseType(UnsupportedResponseTypeError):  # type: ignore[misc]  # Authlib ships no types
    """Like Authlib's, without repeating what the caller sent."""

    def get_error_description(self) -> str:
        return "The response_type must be code."


class AssertionRefused(InvalidClientError):  # type: ignore[misc]  # Authlib ships no types
    """An assertion that does not prove who the client is.

    Args:
        reason: For the log.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(CLIENT_UNPROVEN, status_code=401)
        self.reason = reason


class InvalidTarget(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    error = "invalid_target"
    description = "The resource or audience is unknown, malformed or not for this client."


class LoginRequired(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    error = "login_required"


class ConsentRequired(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    error = "consent_required"


class RequestRefused(Exception):
    """A request that is answered with a plain status.

    The text of the exception is for the log; `public` is what the caller reads.
    """

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"
    public: ClassVar[str] = "The request cannot be read."

    @property
    def explanation(self) -> str:
        """What the caller reads."""
        return self.public

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says besides."""
        return {}


class BodyTooLarge(RequestRefused):
    status: ClassVar[int] = 413
    public: ClassVar[str] = "The request is too large."


class NotAForm(RequestRefused):
    public: ClassVar[str] = "Send application/x-www-form-urlencoded."


class FormForged(RequestRefused):
    status: ClassVar[int] = 403
    error: ClassVar[str] = "access_denied"
    public: ClassVar[str] = (
        "This form is not from your session, or it is too old. Go back to the application and start again."
    )


class Throttled(RequestRefused):
    """Too many attempts.

    Args:
        what: Which limit, for the log.
        retry_after_s: When it is worth trying again.
    """

    status: ClassVar[int] = 429
    error: ClassVar[str] = "temporarily_unavailable"
    public: ClassVar[str] = "Too many attempts. Wait a few minutes, then try again."

    def __init__(self, what: str, *, retry_after_s: int) -> None:
        super().__init__(f"{what}, again in {retry_after_s} s")
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class RegistrationsFull(RequestRefused):
    status: ClassVar[int] = 429
    error: ClassVar[str] = "temporarily_unavailable"
    public: ClassVar[str] = "Too many applications are registered. Those that nobody uses expire within a day."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "3600"}


class MetadataRefused(RequestRefused):
    """The text says what is wrong without repeating what was sent, so the caller reads it too."""

    error: ClassVar[str] = "invalid_client_metadata"

    @property
    def explanation(self) -> str:
        return str(self)


class RedirectUriRefused(MetadataRefused):
    error: ClassVar[str] = "invalid_redirect_uri"


class ManagementRefused(RequestRefused):
    status: ClassVar[int] = 401
    error: ClassVar[str] = "invalid_token"
    public: ClassVar[str] = "The registration is unknown or this is not its token."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class OperatorRefused(ManagementRefused):
    public: ClassVar[str] = "Only the operator of this server may do this."


class AdminRequestRefused(MetadataRefused):
    error: ClassVar[str] = "invalid_request"


class NothingThere(RequestRefused):
    status: ClassVar[int] = 404
    error: ClassVar[str] = "not_found"
    public: ClassVar[str] = "Nothing of this name is registered."


class StillConfigured(RequestRefused):
    status: ClassVar[int] = 409
    error: ClassVar[str] = "conflict"
    public: ClassVar[str] = "This is part of the coach itself and is changed in gateway_config/hops.yaml, not here."


class DeviceCodesThrottled(RequestRefused):
    status: ClassVar[int] = 429
    error: ClassVar[str] = "temporarily_unavailable"
    public: ClassVar[str] = "Too many codes. Wait a few minutes, then try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "600"}


class RequestUriRefused(RequestRefused):
    error: ClassVar[str] = "invalid_request_uri"
    public: ClassVar[str] = "This request was used or is too old. Go back to the application and start again."


class LogoutRefused(RequestRefused):
    public: ClassVar[str] = "The application sent a wrong request to sign you out. You are still signed in."


class LocalSignInRefused(RequestRefused):
    status: ClassVar[int] = 403
    error: ClassVar[str] = "access_denied"
    public: ClassVar[str] = "The key-file sign-in was refused."


class ConfigurationRefused(Exception):
    """The server does not start with this configuration."""


class KeyFileExposed(ConfigurationRefused):
    pass
