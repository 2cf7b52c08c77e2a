"""Access tokens of one athlete: from the stored session, else refreshed, else by signing in with the key file."""

import time

import httpx

from agent.terminal.athletes import athlete_key
from agent.terminal.discovery import AuthorizationServer, discover
from agent.terminal.errors import NotSignedIn
from agent.terminal.home import Home
from agent.terminal.pool_keys import check_issuer
from agent.terminal.session_file import SessionFile
from agent.terminal.sign_in import TokenSet, begin, key_file_sign_in, redeem, refresh, revoke
from agent.terminal.signed_out import require_session

TERMINAL = "terminal"
DEVELOPER = "developer"
# What the athlete agrees to once; each hop narrows it (docs: the hop table).
COACH_SCOPES = (
    "coach/invoke",
    "activities/read",
    "activities/write",
    "routes/read",
    "support/read",
    "support/write",
)
GATEWAY = "gateway"
GATEWAY_SCOPES = tuple(scope for scope in COACH_SCOPES if scope != "coach/invoke")
# At the other issuer: the coach gets them by a consent of its own, `coach token` for curl.
SOCIALS_SCOPES = ("socials/read", "socials/write")
SKEW_S = 30.0


class Access:
    """The athlete's access tokens at one issuer.

    Args:
        home: Checked state folder.
        http: Client for the authorization server.
        issuer: Issuer of the pool, from the stack's endpoints.
        athlete: Whose tokens.
    """

    def __init__(self, home: Home, http: httpx.Client, issuer: str, athlete: str) -> None:
        self._home = home
        self._http = http
        self._issuer = issuer
        self._athlete = athlete
        self._session = SessionFile(home, athlete)
        self._server: AuthorizationServer | None = None

    def token(self, audience: str, scopes: tuple[str, ...], *, renew: bool = False) -> str:
        """An access token for one audience.

        Args:
            audience: Logical name of the resource server.
            scopes: What to ask for in a new sign-in.
            renew: True after a resource server refused the stored token.

        Raises:
            NotSignedIn: After `coach logout`.
            SignInRefused: The authorization server said no.
        """
        with self._session.locked():
            require_session(self._home)  # inside: a sign-out that came first also holds the lock
            stored = self._session.tokens(self._issuer, audience)
            if stored is not None and not renew and stored.expires_at - SKEW_S > time.time():
                return stored.access_token
            tokens = self._refreshed(stored) or self._signed_in(TERMINAL, audience, scopes)
            self._session.store(self._issuer, audience, tokens)
            return tokens.access_token

    def token_anew(self, audience: str, scopes: tuple[str, ...]) -> str:
        """An access token of a new sign-in: the stored one was given for other scopes, and a refresh adds none.

        Raises:
            NotSignedIn: After `coach logout`.
            SignInRefused: The authorization server said no.
        """
        with self._session.locked():
            require_session(self._home)
            stored = self._session.tokens(self._issuer, audience)
            tokens = self._signed_in(TERMINAL, audience, scopes)
            if stored is not None and stored.refresh_token is not None:
                revoke(self._http, self.server(), TERMINAL, stored.refresh_token)
            self._session.store(self._issuer, audience, tokens)
            return tokens.access_token

    def developer_token(self, audience: str, scopes: tuple[str, ...]) -> str:
        """A token for curl or an inspector: a sign-in of its own each time, nothing is stored."""
        require_session(self._home)
        return self._signed_in(DEVELOPER, audience, scopes).access_token

    def store(self, audience: str, tokens: TokenSet) -> None:
        """Keeps the tokens of a sign-in on the login page."""
        with self._session.locked():
            self._session.store(self._issuer, audience, tokens)

    def revoke_all(self) -> None:
        """Ends the athlete's refresh tokens at the authorization server and forgets them."""
        with self._session.locked():
            for token in self._session.refresh_tokens(self._issuer):
                revoke(self._http, self.server(), TERMINAL, token)
            self._session.delete()

    def server(self) -> AuthorizationServer:
        """The checked metadata of the issuer, fetched once; nothing is signed for or sent to one that is not ours."""
        if self._server is None:
            server = discover(self._http, self._issuer)
            check_issuer(self._http, self._home, server)
            self._server = server
        return self._server

    def _refreshed(self, stored: TokenSet | None) -> TokenSet | None:
        if stored is None or stored.refresh_token is None:
            return None
        try:
            return refresh(self._http, self.server(), TERMINAL, stored.refresh_token)
        except NotSignedIn:
            # A session that came from the login page has no key file to fall back on.
            if not self._home.athlete_key(self._athlete).exists():
                raise
            return None

    def _signed_in(self, client_id: str, audience: str, scopes: tuple[str, ...]) -> TokenSet:
        request = begin(client_id, audience, scopes)
        key = athlete_key(self._home, self._athlete)
        redirect = key_file_sign_in(self._http, self.server(), request, self._athlete, key)
        return redeem(self._http, self.server(), request, redirect)
