"""Which tokens of one issuer ended before their time: the list that the issuer publishes, read again when it is old.

A token is named by its `origin_jti`, the sign-in that it descends from, so that ending a sign-in ends what was
exchanged from it at every hop. The list and its place in the discovery document (`revoked_tokens_uri`) are ours:
Cognito has none, and there a token lives until its `exp`.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

logger = logging.getLogger(__name__)

LONGEST_AGE_S = 20.0  # how long a revocation may go unnoticed
COOL_DOWN_S = 2.0  # least time between two attempts while the issuer does not answer
DISCOVERY_MEMBER = "revoked_tokens_uri"


class RevocationList:
    """The revoked sign-ins of one issuer. Safe to share between threads.

    While the issuer does not answer, the last list that was read goes on: nobody can revoke anything there either.

    Args:
        url: Where the list is.
        fetch: Reads a JSON object from a URL.
        clock: Monotonic seconds.
    """

    def __init__(
        self, url: str, fetch: Callable[[str], dict[str, Any]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._revoked: frozenset[str] = frozenset()
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = threading.Lock()

    @property
    def fresh(self) -> bool:
        """Whether `names` answers without asking the issuer."""
        return self._young(self._read_at, LONGEST_AGE_S) or self._young(self._tried_at, COOL_DOWN_S)

    def names(self, *identifiers: str) -> bool:
        """Whether one of these is on the list. Reads the list if it is old, which blocks."""
        if not self.fresh:
            with self._lock:
                if not self.fresh:
                    self._read()
        return not self._revoked.isdisjoint(identifiers)

    def _young(self, moment: float | None, age_s: float) -> bool:
        return moment is not None and self._clock() - moment <= age_s

    def _read(self) -> None:
        self._tried_at = self._clock()
        try:
            revoked = self._fetch(self._url)["revoked"]
            self._revoked = frozenset(str(identifier) for identifier in revoked)
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            logger.warning("url=<%s>, reason=<%s> | revocation list not read", self._url, type(error).__name__)
            return
        self._read_at = self._tried_at
