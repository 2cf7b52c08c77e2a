"""The one text form of bytes in JOSE and PKCE: base64url without padding (RFC 4648 §5, RFC 7515 §2)."""

import base64
import hashlib


def base64url(data: bytes) -> str:
    """The bytes as text."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256_base64url(text: str) -> str:
    """SHA-256 of the text as UTF-8; of a PKCE verifier this is its S256 challenge (RFC 7636 §4.2)."""
    return base64url(hashlib.sha256(text.encode()).digest())
