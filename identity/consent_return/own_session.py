"""Sessions of this part: which browser is who, for how long. In memory (docs/decisions/0009).

A session holds the person's token for the vault. It is never written anywhere, and what is lost with the process is a
sign-in that takes one redirect.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from identity.consent_return.errors import FormForged
from identity.length_prefixed import length_prefixed

MOST_SESSIONS = 1024
MOST_SIGN_INS = 8


@dataclass(frozen=True)
class SignedIn:
    """A person who proved to sit at this browser.

    Attributes:
        token: Access token for the vault.
        expires_at: When that ends, epoch seconds.
    """

    issuer: str
    subject: str
    name: str
    token: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True)
class PendingSignIn:
    """A sign-in that this browser began.

    Attributes:
        destination: Path and query of this part where the person wanted to go.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    destination: str = field(repr=False)
    expires_at: float


@dataclass
class OwnSession:
    """A browser.

    Attributes:
        id: Value of its cookie.
        sign_ins: Begun and not finished, by state; the oldest first.
    """

    id: str = field(repr=False)
    signed_in: SignedIn | None
    expires_at: float
    csrf_key: bytes = field(repr=False, default_factory=lambda: secrets.token_bytes(32))
    sign_ins: "OrderedDict[str, PendingSignIn]" = field(default_factory=OrderedDict, repr=False)

    def form_token(self, form: str, *about: str) -> str:
        """Proof that a form was served to this session.

        Args:
            form: Which form.
            about: What it would change.
        """
        return hmac.digest(self.csrf_key, length_prefixed(form, *about), "sha256").hex()

    def check_form_token(self, presented: str, form: str, *about: str) -> None:
        """Check a form that came back.

        Raises:
            FormForged: It was not served to this session for this purpose.
        """
        if not hmac.compare_digest(presented.encode(), self.form_token(form, *about).encode()):
            raise FormForged(f"form token of {form} does not fit")

    def expect(self, sign_in: PendingSignIn) -> None:
        """Remember a sign-in that begins; the oldest is forgotten when there are too many."""
        self.sign_ins[sign_in.state] = sign_in
        while len(self.sign_ins) > MOST_SIGN_INS:
            self.sign_ins.popitem(last=False)

    def claim(self, state: str, now: float) -> PendingSignIn | None:
        """The sign-in that this answer belongs to, once (RFC 6749 §10.12)."""
        found = self.sign_ins.pop(state, None)
        return found if found is not None and found.expires_at > now else None


class OwnSessions:
    """All of them, bounded: strangers can begin sessions, so the oldest of those who never signed in go first.

    Args:
        lifetime_s: Of a session, at most.
        clock: Epoch seconds.
    """

    def __init__(self, *, lifetime_s: float, clock: Callable[[], float], most: int = MOST_SESSIONS) -> None:
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._most = most
        self._sessions: OrderedDict[bytes, OwnSession] = OrderedDict()

    def find(self, session_id: str | None) -> OwnSession | None:
        """The session of a cookie."""
        key = _key(session_id or "")
        session = self._sessions.get(key)
        if session is not None and session.expires_at <= self._clock():
            del self._sessions[key]
            return None
        return session

    def start(self, signed_in: SignedIn | None = None) -> OwnSession:
        """A new session with a new id."""
        expires_at = self._clock() + self._lifetime_s
        if signed_in is not None:
            expires_at = min(expires_at, signed_in.expires_at)
        session = OwnSession(secrets.token_urlsafe(32), signed_in, expires_at)
        self._make_room()
        self._sessions[_key(session.id)] = session
        return session

    def end(self, session: OwnSession) -> None:
        """Forget a session. Signing in ends the old one, so an id that was planted before is worth nothing (A19)."""
        self._sessions.pop(_key(session.id), None)

    def _make_room(self) -> None:
        if len(self._sessions) < self._most:
            return
        now = self._clock()
        for key in [key for key, session in self._sessions.items() if session.expires_at <= now]:
            del self._sessions[key]
        while len(self._sessions) >= self._most:
            strangers = (key for key, session in self._sessions.items() if session.signed_in is None)
            del self._sessions[next(strangers, next(iter(self._sessions)))]


def _key(session_id: str) -> bytes:
    # Looked up by digest, so that the time a look-up takes says nothing about an id.
    return hashlib.sha256(session_id.encode()).digest()
