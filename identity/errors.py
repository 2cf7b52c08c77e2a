"""What can go wrong when a resource server looks at a caller.

    IdentityError
    ├── TokenRefused            401, the caller may come back with another token
    │   ├── TokenMissing        no bearer token at all: the challenge carries no `error` (RFC 6750 §3.1)
    │   ├── TokenMalformed      not a compact JWS with a JSON object inside
    │   ├── TokenUntrusted      key, algorithm, type or signature are not the issuer's
    │   ├── TokenExpired        outside its lifetime
    │   ├── TokenRevoked        ended before its time
    │   └── TokenForeign        a good token, made for somebody else
    ├── ScopeInsufficient       403, names the scopes that would do (RFC 6750 §3.1)
    ├── KeysUnavailable         503, the issuer's keys could never be read
    ├── TokenUnavailable        no token for the next hop
    │   ├── SignInExpired       the athlete's own token has ended: sign in again
    │   ├── VaultUnreachable    nobody answers; the same call may work later
    │   ├── ConsentRequired     the athlete has to agree at another party first
    │   ├── ConsentFailed       they refused, another person came back, or it is too old: this attempt is over
    │   └── ConsentTimedOut     nobody came back
    ├── LocalVaultRefused       the vault did not do a local operation
    ├── ConsentStateRefused     a consent came back with a state that we did not seal
    │   ├── ConsentStateForeign     sealed for another athlete (V01)
    │   └── ConsentStateExpired     sealed too long ago
    ├── AddressRefused          a URL from somebody else leads to where we do not connect
    ├── TraceEndpointRefused    the process does not start: its traces would travel in the clear
    └── SecretRefused           the process does not start: a secret of its settings cannot be used
        ├── SecretUnreadable        Secrets Manager does not give it
        └── SecretUnfit             it is not an object of settings
    AmbiguousJson               a ValueError: the text is not JSON with exactly one meaning

The text of an error is for the log. What the caller may learn is the class attribute `error`.
"""

from collections.abc import Iterable
from typing import ClassVar


class IdentityError(Exception):
    """A caller could not be identified or is not allowed to do this."""

    status: ClassVar[int] = 500
    error: ClassVar[str | None] = None


class TokenRefused(IdentityError):
    status: ClassVar[int] = 401
    error: ClassVar[str | None] = "invalid_token"


class TokenMissing(TokenRefused):
    error: ClassVar[str | None] = None


class TokenMalformed(TokenRefused):
    pass


class TokenUntrusted(TokenRefused):
    pass


class TokenExpired(TokenRefused):
    pass


class TokenRevoked(TokenRefused):
    pass


class TokenForeign(TokenRefused):
    pass


class ScopeInsufficient(IdentityError):
    """The token is good but lacks a scope.

    Args:
        scopes: What the request needs, for the `scope` attribute of the challenge.
    """

    status: ClassVar[int] = 403
    error: ClassVar[str | None] = "insufficient_scope"

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = tuple(sorted(scopes))
        super().__init__(f"needs scopes {' '.join(self.scopes)}")


class KeysUnavailable(IdentityError):
    status: ClassVar[int] = 503
    error: ClassVar[str | None] = "temporarily_unavailable"


class TokenUnavailable(IdentityError):
    """The vault has no token for the next hop and says it will not get one.

    Args:
        provider: Credential provider that was asked.
        reason: The vault's error code; never its message.
    """

    status: ClassVar[int] = 502

    def __init__(self, provider: str, reason: str) -> None:
        self.provider = provider
        self.reason = reason
        super().__init__(f"no token from {provider}: {reason}")


class SignInExpired(TokenUnavailable):
    status: ClassVar[int] = 401


class VaultUnreachable(TokenUnavailable):
    status: ClassVar[int] = 503


class ConsentRequired(TokenUnavailable):
    """The athlete has to agree first, at `url`. The URL is for the athlete's eyes, not for a model's."""

    status: ClassVar[int] = 403

    def __init__(self, url: str, session_uri: str, provider: str, scopes: Iterable[str]) -> None:
        self.url = url
        self.session_uri = session_uri
        self.scopes = tuple(scopes)
        super().__init__(provider, "consent is required")


class ConsentFailed(TokenUnavailable):
    status: ClassVar[int] = 403

    def __init__(self, provider: str) -> None:
        super().__init__(provider, "consent was not given")


class ConsentTimedOut(TokenUnavailable):
    status: ClassVar[int] = 403

    def __init__(self, provider: str, waited_s: float) -> None:
        super().__init__(provider, f"nobody consented within {waited_s:.0f} s")


class LocalVaultRefused(IdentityError):
    """The vault refused, or did not answer.

    Args:
        code: The vault's error code, or what went wrong on the way.
    """

    status: ClassVar[int] = 502

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class ConsentStateRefused(IdentityError):
    status: ClassVar[int] = 400


class ConsentStateForeign(ConsentStateRefused):
    status: ClassVar[int] = 403


class ConsentStateExpired(ConsentStateRefused):
    pass


class AddressRefused(IdentityError):
    """A URL that somebody else chose leads into our own network, or is written so that two readers may disagree."""

    status: ClassVar[int] = 400


class TraceEndpointRefused(IdentityError):
    def __init__(self, endpoint: str) -> None:
        super().__init__(f"{endpoint}: traces go to an https URL, or to http on this computer alone")


class SecretRefused(IdentityError):
    """A secret of the settings cannot be used. Names the secret and never what is in it."""

    def __init__(self, secret_id: str, reason: str) -> None:
        self.secret_id = secret_id
        self.reason = reason
        super().__init__(f"secret {secret_id}: {reason}")


class SecretUnreadable(SecretRefused):
    """Not found, not allowed, not decrypted, or nobody answers; `reason` is the service's code."""


class SecretUnfit(SecretRefused):
    pass


class AmbiguousJson(ValueError):
    """The text is not JSON, or not with exactly one meaning."""
