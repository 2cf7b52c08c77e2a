"""What the vault answers when it does not do what was asked.

    VaultError                      an answer with `x-amzn-ErrorType`, typed in boto3 where AWS's model names it
    ├── NotSigned                   403  no SigV4 signature
    ├── KeyUnknown                  403  access key not in the policy, or a session token with it
    ├── SignatureRefused            403  the signature does not cover this request, now, here
    ├── HostRefused                 421  a Host the vault is not known by (DNS rebinding)
    ├── OperationUnknown            404  no such method and path in AWS's model
    ├── OperationUnsupported        501  AWS has it, the local vault does not
    ├── RequestInvalid              400  the body does not fit the operation
    ├── BodyTooLarge                413
    ├── Denied                      403  the key's statements do not allow it
    ├── CallerUnauthorized          401  workload token or user token is not good (any more)
    ├── NotFound                    404
    ├── AlreadyThere                409
    ├── ProviderRefused             403  the provider's token endpoint said no
    ├── ProviderUnavailable         503  the provider cannot be reached or talks nonsense
    ├── KeyServiceUnavailable       503  AWS KMS does not answer, or refuses
    ├── ConsentInsufficient         403  the user granted less than the workload asks for
    ├── ConsentSessionGone          404  no such consent, or it is over, used, another user's
    ├── ConsentRefused              400  a browser came back with an answer that is not believed
    └── SealBroken                  500  a stored secret does not open: tampered with, or another key
    KeyringUnusable                 the vault does not start
    AuditLogUnusable                the vault does not start

The text of an error goes to the caller: names and OAuth error codes, never a value of a secret or token.
"""

from typing import Any, ClassVar


class VaultError(Exception):
    code: ClassVar[str] = "InternalServerException"
    status: ClassVar[int] = 500

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {"message": str(self)}


class NotSigned(VaultError):
    code: ClassVar[str] = "MissingAuthenticationTokenException"
    status: ClassVar[int] = 403


class KeyUnknown(VaultError):
    code: ClassVar[str] = "UnrecognizedClientException"
    status: ClassVar[int] = 403


class SignatureRefused(VaultError):
    code: ClassVar[str] = "InvalidSignatureException"
    status: ClassVar[int] = 403


class HostRefused(VaultError):
    code: ClassVar[str] = "AccessDeniedException"
    status: ClassVar[int] = 421


class OperationUnknown(VaultError):
    code: ClassVar[str] = "UnknownOperationException"
    status: ClassVar[int] = 404


class OperationUnsupported(VaultError):
    code: ClassVar[str] = "NotImplementedException"
    status: ClassVar[int] = 501


class RequestInvalid(VaultError):
    """The request does not fit the operation.

    Args:
        message: What is wrong, without the values that are.
        fields: (path, what is wrong with it) for each bad member.
        reason: A value of AWS's ValidationExceptionReason.
    """

    code: ClassVar[str] = "ValidationException"
    status: ClassVar[int] = 400

    def __init__(
        self,
        message: str,
        *,
        fields: tuple[tuple[str, str], ...] = (),
        reason: str = "FieldValidationFailed",
    ) -> None:
        super().__init__(message)
        self.fields = fields
        self.reason = reason

    def body(self) -> dict[str, Any]:
        fields = [{"name": name, "message": message} for name, message in self.fields]
        return {"message": str(self), "reason": self.reason, "fieldList": fields}


class BodyTooLarge(RequestInvalid):
    status: ClassVar[int] = 413


class Denied(VaultError):
    code: ClassVar[str] = "AccessDeniedException"
    status: ClassVar[int] = 403


class CallerUnauthorized(VaultError):
    code: ClassVar[str] = "UnauthorizedException"
    status: ClassVar[int] = 401


class NotFound(VaultError):
    code: ClassVar[str] = "ResourceNotFoundException"
    status: ClassVar[int] = 404


class AlreadyThere(VaultError):
    code: ClassVar[str] = "ConflictException"
    status: ClassVar[int] = 409


class ProviderRefused(VaultError):
    """The provider's token endpoint refused the grant.

    Args:
        provider: Name of the credential provider.
        error: Its OAuth error code (RFC 6749 §5.2), one of those we know, else "refused".
    """

    code: ClassVar[str] = "AccessDeniedException"
    status: ClassVar[int] = 403

    def __init__(self, provider: str, error: str) -> None:
        super().__init__(f"provider {provider} refused the token request: {error}")
        self.error = error


class ProviderUnavailable(VaultError):
    status: ClassVar[int] = 503


class ConsentInsufficient(VaultError):
    """Args:
    provider: Name of the credential provider.
    missing: Scopes that were asked for and not granted.
    """

    code: ClassVar[str] = "AccessDeniedException"
    status: ClassVar[int] = 403

    def __init__(self, provider: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"consent at provider {provider} is insufficient: {' '.join(missing)} was not granted;"
            " forceAuthentication asks again"
        )
        self.missing = missing


class ConsentSessionGone(VaultError):
    code: ClassVar[str] = "ResourceNotFoundException"
    status: ClassVar[int] = 404

    def __init__(self, message: str = "no such consent session, or it is over") -> None:
        super().__init__(message)


class ConsentRefused(VaultError):
    code: ClassVar[str] = "AccessDeniedException"
    status: ClassVar[int] = 400


class SealBroken(VaultError):
    def __init__(self) -> None:
        super().__init__("a stored secret could not be opened")


class KeyServiceUnavailable(VaultError):
    """The service that wraps data keys said no, or nothing.

    Args:
        cause: Its error code.
    """

    status: ClassVar[int] = 503

    def __init__(self, cause: str) -> None:
        super().__init__("the key service is not available")
        self.cause = cause


class KeyringUnusable(RuntimeError):
    """The keyring is missing, readable by others, or not a keyring: the vault does not start."""


class AuditLogUnusable(RuntimeError):
    """The audit log is written by another vault, or readable by others: the vault does not start."""
