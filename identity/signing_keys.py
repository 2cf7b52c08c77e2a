"""The public keys of one issuer, read through its discovery document and kept.

A key that is cached keeps working when the issuer is down; a key id that is unknown costs at most one read per
cool-down, however many tokens name it (N17, N56).
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey

from identity.errors import KeysUnavailable
from identity.revocations import DISCOVERY_MEMBER, RevocationList

logger = logging.getLogger(__name__)

COOL_DOWN_S = 30.0  # least time between two reads caused by unknown key ids
COOL_DOWN_AT_START_S = 1.0  # an issuer that starts together with us is asked again soon

FetchJson = Callable[[str], dict[str, Any]]


def fetch_json(url: str) -> dict[str, Any]:
    """Read a JSON object from the issuer, never through a proxy of the environment: it could give out its own keys.

    Raises:
        httpx.HTTPError: Unreachable, or answered with an error or a redirect.
        ValueError: Not a JSON object.
    """
    response = httpx.get(url, timeout=5.0, follow_redirects=False, trust_env=False)
    response.raise_for_status()
    document = response.json()
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - what a server sent is a wrong value, not a wrong type
    return document


class JwksCache:
    """Signing keys of one issuer by key id. Safe to share between threads.

    Args:
        issuer: Exact issuer identifier; its discovery document must name itself so (RFC 8414 §3.3).
        fetch: Reads a JSON object from a URL.
        lifetime_s: Age after which the next look-up reads the keys again, so that removed keys stop working.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        issuer: str,
        *,
        fetch: FetchJson = fetch_json,
        lifetime_s: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._fetch = fetch
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._keys: dict[str, RSAKey] = {}
        self._loaded_at: float | None = None
        self._tried_at: float | None = None
        self._revocations: RevocationList | None = None
        self._lock = threading.Lock()

    def knows(self, kid: str) -> bool:
        """Whether `key` answers without asking the issuer."""
        return kid in self._keys and not self._aged()

    @property
    def revocations_fresh(self) -> bool:
        """Whether `revoked` answers without asking the issuer."""
        return self._revocations is None or self._revocations.fresh

    def revoked(self, *identifiers: str) -> bool:
        """Whether the issuer has ended a sign-in of one of these names, as far as it publishes that (N53)."""
        return self._revocations is not None and self._revocations.names(*identifiers)

    def key(self, kid: str) -> RSAKey | None:
        """The key with this id, or None if the issuer does not publish it.

        Raises:
            KeysUnavailable: No key was ever read.
        """
        if not self.knows(kid):
            with self._lock:
                if not self.knows(kid) and self._may_ask():
                    self._read()
        if self._loaded_at is None:
            raise KeysUnavailable(f"no keys of {self.issuer}")
        return self._keys.get(kid)

    def _aged(self) -> bool:
        return self._loaded_at is None or self._clock() - self._loaded_at > self._lifetime_s

    def _may_ask(self) -> bool:
        if self._tried_at is None or self._loaded_at is None:
            return self._tried_at is None or self._clock() - self._tried_at > COOL_DOWN_AT_START_S
        return self._clock() - self._tried_at > COOL_DOWN_S

    def _read(self) -> None:
        self._tried_at = self._clock()
        try:
            document = self._fetch(f"{self.issuer}/.well-known/openid-configuration")
            if document.get("issuer") != self.issuer:
                logger.error("issuer=<%s> | discovery document names another issuer", self.issuer)
                return
            keys = KeySet.import_key_set(cast("KeySetSerialization", self._fetch(document["jwks_uri"])))
        except (httpx.HTTPError, KeyError, ValueError, JoseError) as error:
            logger.warning("issuer=<%s>, reason=<%s> | keys not read", self.issuer, type(error).__name__)
            return
        self._keys = {key.kid: key for key in keys.keys if key.kid and isinstance(key, RSAKey)}
        self._loaded_at = self._tried_at
        self._follow_revocations(document.get(DISCOVERY_MEMBER))

    def _follow_revocations(self, url: object) -> None:
        # Only ever switched on: a document that has lost the member must not end the watch.
        if isinstance(url, str) and self._revocations is None:
            self._revocations = RevocationList(url, self._fetch, clock=self._clock)
