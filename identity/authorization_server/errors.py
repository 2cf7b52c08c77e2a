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
├── SignInThrottled          429
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


class SignInThrottled(RequestRefused):
    status: ClassVar[int] = 429
    error: ClassVar[str] = "temporarily_unavailable"
    public: ClassVar[str] = "Too many attempts. Wait a minute, then try again."


class DeviceCodesThrottled(RequestRefused):
    status: ClassVar[int] = 429
    error: ClassVar[str] = "temporarily_unavailable"
    public: ClassVar[str] = "Too many codes. Wait a few minutes, then try again."


class LocalSignInRefused(RequestRefused):
    status: ClassVar[int] = 403
    error: ClassVar[str] = "access_denied"
    public: ClassVar[str] = "The key-file sign-in was refused."


class ConfigurationRefused(Exception):
    """The server does not start with this configuration."""


class KeyFileExposed(ConfigurationRefused):
    pass
