"""Which resource server a token is for: `resource` (RFC 8707) or `audience` (RFC 8693, logical names)."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from identity.authorization_server.clients import Client
from identity.authorization_server.errors import InvalidTarget
from identity.authorization_server.form import Parameters
from identity.authorization_server.pools import ResourceServerConfig


@dataclass(frozen=True)
class Target:
    """What a token will be addressed to.

    Attributes:
        audience: Value of `aud`: the name or URL that was asked for.
        server_audiences: Every audience of the same resource server; the hop table speaks of the server.
    """

    audience: str
    server_audiences: frozenset[str]

    @property
    def is_url(self) -> bool:
        """Whether foreign clients may name it (RFC 8707)."""
        return "://" in self.audience


class Targets:
    """The resource servers of a pool.

    Args:
        servers: Their configuration.
    """

    def __init__(self, servers: Iterable[ResourceServerConfig]) -> None:
        self._by_audience = {
            audience: Target(audience, frozenset(server.audiences))
            for server in servers
            for audience in server.audiences
        }

    @property
    def audiences(self) -> frozenset[str]:
        """Every audience of the pool."""
        return frozenset(self._by_audience)

    def requested(self, parameters: Parameters) -> tuple[Target, ...]:
        """The targets that a request names, in its order; empty if it names none.

        Raises:
            InvalidTarget: One is unknown, relative or has a fragment (RFC 8707 §2).
        """
        resources = [self._resource(value) for value in parameters.all("resource")]
        audiences = [self._known(value) for value in parameters.all("audience")]
        return tuple(dict.fromkeys([*resources, *audiences]))

    def represented_by(self, client: Client) -> frozenset[str]:
        """Audiences of the subject tokens that this client may exchange."""
        if client.config.foreign:
            return frozenset(audience for audience, target in self._by_audience.items() if target.is_url)
        return frozenset[str]().union(*(self._known(name).server_audiences for name in client.config.represents))

    def _resource(self, value: str) -> Target:
        if not _is_absolute(value) or "#" in value:
            raise InvalidTarget("The resource is not an absolute URI without a fragment.")
        return self._known(value)

    def _known(self, audience: str) -> Target:
        try:
            return self._by_audience[audience]
        except KeyError as error:
            raise InvalidTarget from error


def _is_absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)
