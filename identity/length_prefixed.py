"""One text out of several, so that no two lists of parts give the same text: for associated data and hash inputs."""

import hashlib


def length_prefixed(*parts: str) -> bytes:
    """Each part as UTF-8 after its length as four bytes, big-endian."""
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def digest(*parts: str) -> str:
    """SHA-256 of the length-prefixed parts, hexadecimal."""
    return hashlib.sha256(length_prefixed(*parts)).hexdigest()
