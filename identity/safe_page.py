"""Which pages a person may be sent to for a consent (V18): whoever passes a URL on looks at it first."""

import ipaddress
import re
from urllib.parse import parse_qsl, urlsplit

LONGEST_URL = 4_096
_SECRET_NAMES = re.compile(r"token|secret|password|passwd|assertion|api_?key|^code$|credential", re.IGNORECASE)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.")
_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_safe_page(url: str) -> bool:
    """Whether a person may be sent to a page: https, or this computer, and no secret or person in the address."""
    try:
        parts = urlsplit(url)
        fields = parse_qsl(parts.query, keep_blank_values=True)
        host = parts.hostname or ""
    except ValueError:
        return False
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    if not host or "@" in parts.netloc or parts.fragment:
        return False
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_computer(host)):
        return False
    texts = [text for pair in fields for text in pair]
    return not (
        any(_SECRET_NAMES.search(name) for name, _ in fields)
        or any(_JWT.search(text) or _MAIL_ADDRESS.search(text) for text in [*texts, parts.path])
    )


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
