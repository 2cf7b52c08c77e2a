"""A token source for tests: mints instead of asking a vault, and fails when told to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from identity.token_source import TokenRequest

Mint = Callable[[str, TokenRequest], str]


def opaque(workload_token: str, request: TokenRequest) -> str:
    """A token that names for whom and for what it was made."""
    return f"{workload_token}.{'+'.join(request.audiences)}.{'+'.join(request.scopes)}"


@dataclass
class FakeTokenSource:
    """Stands in for `identity.token_source.VaultTokenSource`.

    Knobs:
        mint: Makes the tokens.
        failing: Errors by workload token.
        stale: Workload tokens that get a useless token until one is forced.
        asked: (workload token, request, forced) of every call.
        states: The custom state of every call.
        sessions: The consent of every call that goes on with one, else None.
    """

    mint: Mint = opaque
    failing: dict[str, Exception] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    asked: list[tuple[str, TokenRequest, bool]] = field(default_factory=list)
    states: list[str | None] = field(default_factory=list)
    sessions: list[str | None] = field(default_factory=list)

    async def access_token(
        self,
        workload_token: str,
        request: TokenRequest,
        *,
        force: bool = False,
        custom_state: str | None = None,
        session_uri: str | None = None,
    ) -> str:
        self.asked.append((workload_token, request, force))
        self.states.append(custom_state)
        self.sessions.append(session_uri)
        if workload_token in self.failing and request.flow != "M2M":
            raise self.failing[workload_token]
        if workload_token in self.stale and not force:
            return "stale"
        return self.mint(workload_token, request)
