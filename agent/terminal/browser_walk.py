"""The terminal as the athlete's browser: follows the redirects of a consent step by step, and no further.

    vault /identities/oauth2/authorize ─► provider's authorize ─► vault callback
      ─► consent return ─► coach's authorize (client consent-return) ─► consent return, which says how it ended

At each authorize the athlete signs in with the key file of this computer; the assertion says that a person typed the
consent. Only these places are gone to, in this order; each has its own cookies (docs/decisions/0011).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from agent.terminal.athletes import athlete_key
from agent.terminal.discovery import AuthorizationServer, discover, http_client
from agent.terminal.endpoints import Endpoints
from agent.terminal.errors import ConsentStopped
from agent.terminal.home import Home
from agent.terminal.pool_keys import check_issuer
from agent.terminal.sign_in import Parameters, answer_with_key

Place = Literal["vault authorize", "provider", "vault callback", "consent return", "coach"]
Outcome = Literal["linked", "declined", "another-user", "expired", "unavailable", "failed"]

OUTCOMES: Mapping[str, Outcome] = {
    "linked": "linked",
    "declined": "declined",
    "another-user": "another-user",
    "expired": "expired",
    "unavailable": "unavailable",
}
OUTCOME_HEADER = "consent-outcome"
CONSENT_RETURN_CLIENT = "consent-return"
CONSENT_RETURN_SCOPES = frozenset({"openid", "connections/write"})
MOST_STEPS = 12
_NOT_OPEN = frozenset({"request", "request_uri"})
_AUTHORIZE, _CALLBACK = "/identities/oauth2/authorize", "/identities/oauth2/callback/"
_NEXT: Mapping[Place, frozenset[Place]] = {
    "vault authorize": frozenset({"provider"}),
    "provider": frozenset({"vault callback"}),
    "vault callback": frozenset({"consent return"}),
    "consent return": frozenset({"consent return", "coach"}),
    "coach": frozenset({"consent return"}),
}


@dataclass(frozen=True)
class AskedConsent:
    """What the provider would be asked to allow.

    Attributes:
        client_id: Who asks.
        host: Host and port of the provider.
        url: The authorization request, which is what an `allow` allows.
    """

    client_id: str
    scopes: tuple[str, ...]
    host: str
    url: str = field(repr=False)


class BrowserWalk:
    """Goes through one consent, or to one page of the consent return.

    Args:
        home: Checked state folder, with the athlete's key file.
        endpoints: Of the stack.
        athlete: Who decides.
        new_client: Makes the HTTP client of one place.
    """

    def __init__(
        self,
        home: Home,
        endpoints: Endpoints,
        athlete: str,
        new_client: Callable[[], httpx.Client] = http_client,
    ) -> None:
        if endpoints.consent_return is None or endpoints.socials_issuer is None:
            raise ConsentStopped("this stack has no consent part")
        self._home = home
        self._endpoints = endpoints
        self._athlete = athlete
        self._consent_return = endpoints.consent_return
        self._new_client = new_client
        self._clients: dict[str, httpx.Client] = {}
        self._servers: dict[Place, AuthorizationServer] = {
            "coach": self._server(endpoints.issuer),
            "provider": self._server(endpoints.socials_issuer),
        }

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def look(self, url: str) -> AskedConsent:
        """What the page at a consent's URL would ask, without deciding anything.

        Raises:
            ConsentStopped: The URL is not the vault's, or leads elsewhere than to the provider's authorize endpoint.
        """
        if self._place(url) != "vault authorize":
            raise ConsentStopped(f"the page is at {_host(url)}, which is not part of this stack")
        request = self._step("vault authorize", url)
        parameters = dict(_parameters(request))
        if "client_id" not in parameters or "scope" not in parameters or not _NOT_OPEN.isdisjoint(parameters):
            raise ConsentStopped("the request does not say openly who asks for what")
        if self._place(parameters.get("redirect_uri", "")) != "vault callback":
            raise ConsentStopped("the answer would go to another place than the vault")
        return AskedConsent(parameters["client_id"], tuple(parameters["scope"].split()), _host(request), request)

    def allow(self, asked: AskedConsent) -> Outcome:
        """Allows what `look` found, and nothing else; call it only after a person typed that.

        Raises:
            ConsentStopped: A step led to where it must not.
        """
        answer = self._follow("vault callback", self._signed_in("provider", asked.url))
        return OUTCOMES.get(answer.headers.get(OUTCOME_HEADER, ""), "failed")

    def page(self, path: str) -> httpx.Response:
        """A page of the consent return, in JSON, signed in to if it wants that.

        Raises:
            ConsentStopped: As `allow`.
        """
        return self._follow("consent return", self._consent_return + path)

    def post(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """Sends a form of the consent return."""
        return self._send("POST", self._consent_return + path, data=form, headers={"Accept": "application/json"})

    def _follow(self, place: Place, url: str) -> httpx.Response:
        """From a place to the page that ends the walk."""
        for _ in range(MOST_STEPS):
            if place == "coach":
                url = self._signed_in("coach", url)
                place = self._arrived("coach", url)
            answer = self._send("GET", url, headers={"Accept": "application/json"})
            if not answer.is_redirect:
                if place != "consent return":
                    raise ConsentStopped(f"{_host(url)} answered with HTTP status {answer.status_code}")
                return answer
            url = urljoin(url, answer.headers["location"])
            place = self._arrived(place, url)
        raise ConsentStopped("the pages lead in circles")

    def _step(self, place: Place, url: str) -> str:
        answer = self._send("GET", url)
        if not answer.is_redirect:
            raise ConsentStopped("this consent was used already, or it is too old; ask again")
        following = urljoin(url, answer.headers["location"])
        self._arrived(place, following)
        return following

    def _signed_in(self, place: Place, url: str) -> str:
        """The redirect that answers an authorization request."""
        server, parameters = self._servers[place], _parameters(url)
        named = dict(parameters)
        if self._place(named.get("redirect_uri", "")) not in _NEXT[place]:
            raise ConsentStopped("the answer to the sign-in would go to another place")
        if not _NOT_OPEN.isdisjoint(named):
            # RFC 9101 §6.3: the server would go by what is there, whatever the rest of the URL says.
            raise ConsentStopped("the request is kept elsewhere, so nobody sees what it asks")
        if place == "coach":
            _check_consent_return(named)
        key = athlete_key(self._home, self._athlete)
        client = self._client(server.authorization_endpoint)
        redirect = answer_with_key(client, server, parameters, self._athlete, key, typed=True)
        if redirect.partition("?")[0] != named.get("redirect_uri"):
            raise ConsentStopped("the sign-in was answered to another address than was asked")
        self._arrived(place, redirect)
        return redirect

    def _arrived(self, place: Place, url: str) -> Place:
        arrived = self._place(url)
        if arrived not in _NEXT[place]:
            raise ConsentStopped(f"the {place} leads to {_host(url)}, where this consent does not go")
        return arrived

    def _place(self, url: str) -> Place | None:
        """Which known place a URL is; None for every other."""
        parts = urlsplit(url)
        if parts.username is not None or parts.fragment or "\\" in url or ".." in parts.path:
            return None
        base = f"{parts.scheme}://{parts.netloc}"
        exact: dict[str, Place] = {
            self._endpoints.vault + _AUTHORIZE: "vault authorize",
            self._servers["provider"].authorization_endpoint: "provider",
            self._servers["coach"].authorization_endpoint: "coach",
        }
        if base + parts.path in exact:
            return exact[base + parts.path]
        if (base + parts.path).startswith(self._endpoints.vault + _CALLBACK):
            return "vault callback"
        return "consent return" if base == self._consent_return else None

    def _server(self, issuer: str) -> AuthorizationServer:
        client = self._client(issuer)
        server = discover(client, issuer)
        check_issuer(client, self._home, server)
        return server

    def _send(self, method: str, url: str, **options: object) -> httpx.Response:
        try:
            return self._client(url).request(method, url, **options)  # type: ignore[arg-type]  # form and headers
        except httpx.HTTPError as error:
            raise ConsentStopped(f"{_host(url)} does not answer") from error

    def _client(self, url: str) -> httpx.Client:
        """A client for one origin: cookies know no ports, and the parts of a stack differ by nothing else."""
        return self._clients.get(_host(url)) or self._clients.setdefault(_host(url), self._new_client())


def _check_consent_return(request: Mapping[str, str]) -> None:
    """The sign-in on the way is for the consent page and nothing else: nobody was asked about more."""
    wanted = set(request.get("scope", "").split())
    if request.get("client_id") != CONSENT_RETURN_CLIENT or not wanted <= CONSENT_RETURN_SCOPES:
        raise ConsentStopped("another program than the consent page asks for a sign-in")


def _parameters(url: str) -> Parameters:
    return tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _host(url: str) -> str:
    return urlsplit(url).netloc or "an unknown place"
