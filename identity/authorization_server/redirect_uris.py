"""Redirect URIs: exact strings, with the one exception that RFC 8252 makes.

No URL parser is involved: two parsers that disagree about `@` or a backslash are how redirect checks are passed.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::[0-9]{1,5})?(/[^#]*|)")


def is_registered(requested: str, registered: Iterable[str]) -> bool:
    """Whether a redirect URI is one of the registered ones (RFC 9700 §4.1.3).

    On loopback the port may differ: a native application takes whatever port is free (RFC 8252 §7.3).
    """
    return any(requested == uri or _same_but_for_the_port(requested, uri) for uri in registered)


def shown_host(redirect_uri: str) -> str:
    """Host and port of a registered redirect URI, for the athlete to read."""
    return urlsplit(redirect_uri).netloc


def origin(redirect_uri: str) -> str:
    """Origin of a registered redirect URI, for a Content-Security-Policy."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"


def _same_but_for_the_port(requested: str, registered: str) -> bool:
    loopback = _LOOPBACK.fullmatch(registered)
    if loopback is None:
        return False
    host, rest = loopback.groups()
    return re.fullmatch(re.escape(host) + r"(?::[0-9]{1,5})?" + re.escape(rest), requested) is not None
