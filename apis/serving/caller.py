"""Who is calling, as a handler sees it: made from what the authorizer has verified, from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from apis.serving.errors import CallerUnknown


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified identity. An athlete is the pair (issuer, subject); a client without a user has no username."""

    issuer: str
    subject: str
    client_id: str
    scopes: frozenset[str]
    username: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Reads ``requestContext.authorizer`` of a REST v1 event: flat, all values text.

        Raises:
            CallerUnknown: There is no such context.
        """
        context = (event.get("requestContext") or {}).get("authorizer") or {}
        try:
            return cls(
                issuer=context["iss"],
                subject=context["sub"],
                client_id=context["client_id"],
                scopes=frozenset(context["scope"].split()),
                username=context.get("username") or None,
            )
        except KeyError as err:
            raise CallerUnknown from err

    @property
    def partition(self) -> str:
        """Partition key of everything this athlete owns. The same ``sub`` at another issuer is somebody else (P17)."""
        return user_partition(self.issuer, self.subject)


def user_partition(issuer: str, subject: str) -> str:
    """Partition key of an athlete. ``#`` separates, so it is escaped: no subject can name another's partition."""
    escaped = subject.replace("%", "%25").replace("#", "%23")
    return f"USER#{issuer}#{escaped}"
