"""When which key signs (N54): a new key is published before it signs, an old one stays until its last token is over.

    rotate()      now                     + PUBLISHED_BEFORE_S          + life of a token
    new key       published ───────────── signs ──────────────────────────────────────────►
    old key       signs ───────────────── published only ────────────── withdrawn

Verifiers that keep our key set for a while therefore always have the key of the token they see. Keys of which somebody
else may have a copy go at once, and every token that they signed goes with them.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from joserfc.jwk import RSAKey

from identity.authorization_server.keys import PURPOSES, Purpose, SigningKeys, generate

logger = logging.getLogger(__name__)

JWKS_MAX_AGE_S = 60  # Cache-Control of the key set
# Longer than anybody keeps a key set: our verifiers 300 s, caches on the way JWKS_MAX_AGE_S.
PUBLISHED_BEFORE_S = 420
CLOCK_LEEWAY_S = 60


class RotatingKeys:
    """The signing keys of one pool.

    Args:
        keys: What the file holds.
        save: Replaces the file.
        clock: Epoch seconds.
        token_lifetime_s: Life of the longest-lived token that a key signs.
        longest_age_s: Age at which keys are replaced by themselves.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        save: Callable[[SigningKeys], None],
        clock: Callable[[], float],
        token_lifetime_s: int,
        longest_age_s: int,
    ) -> None:
        self._keys = keys
        self._save = save
        self._clock = clock
        self._token_lifetime_s = token_lifetime_s
        self._longest_age_s = longest_age_s

    def signing_key(self, purpose: Purpose) -> RSAKey:
        """The key that signs now."""
        self._keep_up()
        return self._signing(purpose)

    def public_keys(self) -> dict[str, Any]:
        """The JWK set that the pool publishes."""
        self._keep_up()
        return {"keys": [key.public for key in self._keys]}

    def public_access_keys(self) -> dict[str, Any]:
        """The keys of access tokens among them."""
        self._keep_up()
        return {"keys": [key.public for key in self._keys if key.purpose == "access"]}

    def public_id_keys(self) -> dict[str, Any]:
        """The keys of ID tokens among them."""
        self._keep_up()
        return {"keys": [key.public for key in self._keys if key.purpose == "id"]}

    def rotate(self, *, compromised: bool = False) -> list[dict[str, Any]]:
        """Make new keys.

        Args:
            compromised: Sign with them at once and withdraw the old ones at once.

        Returns:
            What is published now: `kid`, `purpose`, `signs_from`, `leaves_at` of each key.
        """
        now = self._clock()
        signs_from = now if compromised else now + PUBLISHED_BEFORE_S
        leaves_at = signs_from + self._token_lifetime_s + CLOCK_LEEWAY_S
        # A key that has not begun to sign has no tokens, so it just goes.
        old = tuple(
            replace(key, leaves_at=key.leaves_at or leaves_at)
            for key in self._keys
            if not compromised and key.signs_from <= now
        )
        self._store((*(generate(purpose, signs_from=signs_from) for purpose in PURPOSES), *old))
        logger.warning("compromised=<%s>, keys=<%d> | rotated the signing keys", compromised, len(self._keys))
        return self._described()

    def _signing(self, purpose: Purpose) -> RSAKey:
        begun = [key for key in self._keys if key.purpose == purpose and key.signs_from <= self._clock()]
        return max(begun, key=lambda key: key.signs_from).key

    def _keep_up(self) -> None:
        now = self._clock()
        kept = tuple(key for key in self._keys if key.leaves_at is None or key.leaves_at > now)
        if len(kept) < len(self._keys):
            self._store(kept)
            logger.info("keys=<%d> | withdrew signing keys whose last token is over", len(kept))
        if now - max(key.signs_from for key in self._keys) > self._longest_age_s:
            self.rotate()

    def _store(self, keys: SigningKeys) -> None:
        self._save(keys)  # first: what cannot be stored must not sign
        self._keys = keys

    def _described(self) -> list[dict[str, Any]]:
        return [
            {"kid": key.key.kid, "purpose": key.purpose, "signs_from": key.signs_from, "leaves_at": key.leaves_at}
            for key in self._keys
        ]
