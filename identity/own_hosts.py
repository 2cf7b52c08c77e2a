"""Is a request meant for this server, and does it come from a page of this server? Every port of the system asks here.

A web page elsewhere can make a browser send requests to loopback. DNS rebinding shows in the Host header, everything
else in the Origin header (I05, M01). The decision is the same everywhere; each port words its own answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

MISDIRECTED: Literal[421] = 421  # RFC 9110 §15.5.20
FOREIGN_PAGE: Literal[403] = 403


@dataclass(frozen=True, slots=True)
class OwnHosts:
    """The names under which a server is reached and the pages that may call it.

    Attributes:
        hosts: Values of the Host header, lower case, `name:port`; `name:*` stands for any port. None: whatever the
            platform before the server says.
        origins: Values of the Origin header, likewise. Empty: no web page calls this server.
    """

    hosts: frozenset[str] | None
    origins: frozenset[str] = frozenset()

    @classmethod
    def with_their_pages(cls, hosts: Iterable[str], *, scheme: str = "http") -> "OwnHosts":
        """Names whose own pages may call, and no others."""
        names = frozenset(host.lower() for host in hosts)
        return cls(names, frozenset(f"{scheme}://{name}" for name in names))

    def refusal(self, headers: Iterable[tuple[bytes, bytes]]) -> Literal[403, 421] | None:
        """The status that refuses a request, or None.

        Args:
            headers: As ASGI gives them. Host must stand there exactly once (RFC 9112 §3.2); no Origin is no page.
        """
        named = [(name, value.decode("latin-1").lower()) for name, value in headers if name in {b"host", b"origin"}]
        hosts = [value for name, value in named if name == b"host"]
        if len(hosts) != 1 or (self.hosts is not None and not _among(hosts[0], self.hosts)):
            return MISDIRECTED
        if not all(_among(value, self.origins) for name, value in named if name == b"origin"):
            return FOREIGN_PAGE
        return None


def is_own_form(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request that names no origin is a form of our own page.

    Our pages say `no-referrer`, for which browsers send their own forms with Origin: null (Fetch §3.2). Sandboxed
    frames send null too; the browser tells the two apart.
    """
    given = [(name, value) for name, value in headers if name in {b"origin", b"sec-fetch-site"}]
    return sorted(given) == [(b"origin", b"null"), (b"sec-fetch-site", b"same-origin")]


def _among(value: str, allowed: frozenset[str]) -> bool:
    name, _, port = value.rpartition(":")
    return value in allowed or (f"{name}:*" in allowed and port.isdecimal())
