"""What a workload asks for with GetResourceOauth2Token, read once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from identity.vault.errors import RequestInvalid
from identity.vault.grants import Form, check_custom_parameters

Flow = Literal["M2M", "ON_BEHALF_OF_TOKEN_EXCHANGE", "USER_FEDERATION"]


@dataclass(frozen=True)
class ResourceTokenRequest:
    """What a workload asks for, in one order, so that equal requests are equal."""

    flow: Flow
    scopes: tuple[str, ...]
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
    force: bool = False

    @classmethod
    def read(cls, request: dict[str, Any]) -> "ResourceTokenRequest":
        """Read the parameters of GetResourceOauth2Token.

        Raises:
            RequestInvalid: A scope with white space, or a custom parameter that is the vault's to set.
        """
        scopes = _ordered(request["scopes"])
        if any(len(scope.split()) != 1 for scope in scopes):
            raise RequestInvalid("a scope holds white space", fields=(("scopes", "white space"),))
        return cls(
            flow=request["oauth2Flow"],
            scopes=scopes,
            audiences=_ordered(request.get("audiences", [])),
            resources=_ordered(request.get("resources", [])),
            custom=tuple(check_custom_parameters(request.get("customParameters", {}))),
            force=request.get("forceAuthentication", False),
        )

    def with_scopes(self, scopes: tuple[str, ...]) -> "ResourceTokenRequest":
        """The same for other scopes, which are in order."""
        return replace(self, scopes=scopes)

    @property
    def target(self) -> Form:
        """Scope, audience and resource as form parameters (RFC 8693 §2.1, RFC 8707 §2)."""
        scope = [("scope", " ".join(self.scopes))] if self.scopes else []
        return [*scope, *self.addressing]

    @property
    def addressing(self) -> Form:
        """The target without the scope: what a token request after a consent repeats."""
        audiences = [("audience", value) for value in self.audiences]
        resources = [("resource", value) for value in self.resources]
        return [*audiences, *resources, *self.custom]


def _ordered(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
