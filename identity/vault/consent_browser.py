"""What browsers open at the vault, unsigned: the start of a consent, and where the provider sends them back to.

    GET /identities/oauth2/authorize?request_uri=…     303 to the provider: new state, new PKCE verifier
    GET /identities/oauth2/callback/<provider>?state=… 303 to the application's return URL

Neither exchanges anything nor knows who looks: that is for the application to say (`consent_completion`).
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from identity.base64url import sha256_base64url
from identity.length_prefixed import digest
from identity.vault.audit import ALLOWED, AuditTrail
from identity.vault.consent_sessions import ConsentSession, ConsentSessions
from identity.vault.discovery import Discovery, Endpoints
from identity.vault.errors import ConsentRefused, ConsentSessionGone, HostRefused, ProviderUnavailable, VaultError
from identity.vault.grants import KNOWN_AUTHORIZATION_ERRORS
from identity.vault.names import AUTHORIZE_PATH, CALLBACK_PATH, ResourceNames
from identity.vault.oauth2_provider import OAuth2Provider
from identity.web_pages.headers import redirect_headers
from identity.web_pages.page import message_page

SITE = "connected accounts"
_RANDOM_BYTES = 32  # state and verifier: 256 bit
_LONGEST_QUERY = 8192
_TEXTS = {
    404: ("This link is not good any more", "It was used, or it has expired. Ask for a new one where you found it."),
    503: ("The other service does not answer", "Nothing is connected. Try the link again in a moment."),
}
_REFUSED = ("The answer of the other service was not accepted", "Nothing is connected. Ask for a new link.")


Location = Callable[[Request, dict[str, str]], Awaitable[str]]


class ConsentBrowser:
    """Sends browsers to providers and takes them back.

    Args:
        hosts: Values of the Host header that are answered (I05).
        find_provider: A provider by its name.
    """

    def __init__(
        self,
        sessions: ConsentSessions,
        discovery: Discovery,
        names: ResourceNames,
        audit: AuditTrail,
        *,
        hosts: frozenset[str],
        find_provider: Callable[[str], OAuth2Provider],
    ) -> None:
        self._sessions = sessions
        self._discovery = discovery
        self._names = names
        self._audit = audit
        self._hosts = hosts
        self._find_provider = find_provider

    async def authorize(self, request: Request) -> Response:
        """Begin, or begin again, at the provider's authorization endpoint."""
        return await self._answered(request, self._to_provider)

    async def callback(self, request: Request) -> Response:
        """Take the provider's answer and go on to the application."""
        return await self._answered(request, self._to_application)

    async def _answered(self, request: Request, location: Location) -> Response:
        try:
            if request.headers.get("host", "").lower() not in self._hosts:
                raise HostRefused("not a host of the vault")
            url = await location(request, _query(request))
        except VaultError as error:
            title, text = _TEXTS.get(error.status, _REFUSED)
            return message_page(title, text, site=SITE, status=error.status)
        return RedirectResponse(url, 303, headers=redirect_headers())

    async def _to_provider(self, _: Request, query: dict[str, str]) -> str:
        session = self._sessions.find(query.get("request_uri", ""))
        if session is None:
            raise ConsentSessionGone
        provider, endpoints = await self._provider(session)
        if endpoints.authorization is None:
            raise ProviderUnavailable(f"provider {provider.name} has no authorization endpoint")
        # RFC 9700 §4.7, RFC 7636 §4.1: both made anew for every visit, and known to nobody before it.
        state, verifier = secrets.token_urlsafe(_RANDOM_BYTES), secrets.token_urlsafe(_RANDOM_BYTES)
        visited = self._sessions.visit(session, state=state, verifier=verifier)
        asked = visited.terms.asked
        parameters = [
            ("response_type", "code"),
            ("client_id", provider.client_id),
            ("redirect_uri", self._names.callback_url(provider.name)),
            ("state", state),
            ("code_challenge", sha256_base64url(verifier)),
            ("code_challenge_method", "S256"),
            *asked.target,
        ]
        if asked.force and "prompt" not in dict(asked.custom):
            parameters.append(("prompt", "consent"))  # OpenID Connect Core §3.1.2.1
        return with_query(endpoints.authorization, parameters)

    async def _to_application(self, request: Request, query: dict[str, str]) -> str:
        session = self._sessions.find_by_state(query.get("state", ""))
        if session is None or session.stage != "visited":
            raise ConsentRefused("no such state, or it was used")  # V02
        if session.provider != request.path_params["provider"]:
            self._refuse(session, "another provider's callback")  # V03, RFC 9700 §4.4
        _, endpoints = await self._provider(session)
        self._check_issuer(session, endpoints, query.get("iss"))
        if "error" in query:
            return self._declined(session, query["error"])
        code = query.get("code", "")
        if not code:
            self._refuse(session, "neither code nor error")
        self._sessions.keep_code(session, code)
        self._record("consent answered", session, ALLOWED)
        return self._return_url(session)

    async def _provider(self, session: ConsentSession) -> tuple[OAuth2Provider, Endpoints]:
        provider = self._find_provider(session.provider)
        if provider.version != session.terms.provider_version:
            raise ConsentSessionGone  # V28: changed under way
        return provider, await self._discovery.endpoints(provider)

    def _check_issuer(self, session: ConsentSession, endpoints: Endpoints, issuer: str | None) -> None:
        # RFC 9207 §2.4: compared exactly; missing only where the provider does not announce it.
        if issuer is None and not endpoints.names_issuer:
            return
        if issuer != endpoints.issuer:
            self._refuse(session, "another issuer")

    def _declined(self, session: ConsentSession, error: str) -> str:
        known = error if error in KNOWN_AUTHORIZATION_ERRORS else "refused"
        self._sessions.fail(session)
        self._record("consent declined", session, known)
        return self._return_url(session, ("error", known))

    def _return_url(self, session: ConsentSession, *more: tuple[str, str]) -> str:
        state = [("state", session.terms.custom_state)] if session.terms.custom_state is not None else []
        return with_query(session.terms.return_url, [("session_id", session.uri), *state, *more])

    def _refuse(self, session: ConsentSession, reason: str) -> NoReturn:
        self._sessions.fail(session)
        self._record("consent refused", session, reason)
        raise ConsentRefused(reason)

    def _record(self, event: str, session: ConsentSession, decision: str) -> None:
        what = f"{session.workload}/{session.provider}"
        owner, name = digest(session.owner), digest(session.uri)
        self._audit.record(event, who="browser", what=what, decision=decision, owner=owner, session=name)


def routes(browser: Callable[[], ConsentBrowser]) -> list[Route]:
    """The two routes; what answers them is made when the vault starts."""

    async def authorize(request: Request) -> Response:
        return await browser().authorize(request)

    async def callback(request: Request) -> Response:
        return await browser().callback(request)

    return [
        Route(AUTHORIZE_PATH, authorize, methods=["GET"]),
        Route(f"{CALLBACK_PATH}{{provider}}", callback, methods=["GET"]),
    ]


def with_query(url: str, parameters: list[tuple[str, str]]) -> str:
    """A URL with more parameters; those that it has stay (RFC 6749 §3.1)."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return parts._replace(query=query, fragment="").geturl()


def _query(request: Request) -> dict[str, str]:
    """The parameters, each at most once (RFC 6749 §3.1)."""
    text = request.scope["query_string"].decode("latin-1")
    pairs = parse_qsl(text, keep_blank_values=True) if len(text) <= _LONGEST_QUERY else []
    query = dict(pairs)
    if len(query) != len(pairs):
        raise ConsentRefused("a parameter is repeated")
    return query
