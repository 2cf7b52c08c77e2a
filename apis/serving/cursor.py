"""Cursors that leave an API: opaque, and bound to the caller and to the filters they were made with (I09).

A cursor is no credential: the partition that is read always comes from the token. The seal makes a changed or
borrowed cursor a clear 400 instead of a wrong page.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from apis.serving.errors import CursorRefused

_TAG_BYTES = 16
LONGEST_CURSOR = 4096


class CursorSeal:
    """Seals positions with HMAC-SHA-256."""

    def __init__(self, key: bytes) -> None:
        """Takes at least 16 random bytes; processes that share clients share the key."""
        self._key = key

    def seal(self, position: str, *, caller: str, filters: Mapping[str, Any]) -> str:
        """Makes the cursor for the page after ``position``."""
        tag = self._tag(position, caller, filters)
        return base64.urlsafe_b64encode(tag + position.encode()).rstrip(b"=").decode()

    def open(self, cursor: str, *, caller: str, filters: Mapping[str, Any]) -> str:
        """Returns the position.

        Raises:
            CursorRefused: Changed, or made for another caller or other filters.
        """
        if len(cursor) > LONGEST_CURSOR:
            raise CursorRefused
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            position = raw[_TAG_BYTES:].decode()
        except ValueError as err:  # not base64url or not UTF-8
            raise CursorRefused from err
        if not hmac.compare_digest(raw[:_TAG_BYTES], self._tag(position, caller, filters)):
            raise CursorRefused
        return position

    def _tag(self, position: str, caller: str, filters: Mapping[str, Any]) -> bytes:
        bound = json.dumps([position, caller, filters], sort_keys=True, default=str)
        return hmac.digest(self._key, bound.encode(), hashlib.sha256)[:_TAG_BYTES]
