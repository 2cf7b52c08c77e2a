"""One request of a browser: its session, what it asks, and the cookie that goes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from identity.consent_return.code_flow import CodeFlow
from identity.consent_return.errors import FormForged, RequestMalformed
from identity.consent_return.own_session import OwnSession, OwnSessions, SignedIn
from identity.consent_return.pages import error_page
from identity.consent_return.settings import ConsentReturnSettings
from identity.consent_return.vault_calls import Consents
from identity.web_pages.headers import redirect_headers
from identity.web_pages.pieces import Form

LARGEST_FORM = 16_384
MOST_PARAMETERS = 16
OUTCOME = "Consent-Outcome"


@dataclass(frozen=True)
class Desk:
    """What the routes share.

    Attributes:
        settings: Of this part.
        sessions: Its sessions.
        flow: Its sign-in.
        consents: The vault.
        now: Epoch seconds.
    """

    settings: ConsentReturnSettings
    sessions: OwnSessions
    flow: CodeFlow
    consents: Consents
    now: Callable[[], float]

    @property
    def cookie(self) -> str:
        # RFC 6265bis §4.1.3: the prefix demands Secure, path / and no Domain.
        return f"{'__Host-' if self.settings.secure else ''}consent_return_session"

    def address(self, path: str) -> str:
        """Where browsers find a path of this part."""
        return f"{self.settings.base_path}{path}"

    def session(self, request: Request) -> OwnSession | None:
        """The session of the browser that asks."""
        return self.sessions.find(request.cookies.get(self.cookie))

    def signed_in(self, request: Request) -> tuple[OwnSession, SignedIn] | None:
        """Session and person, if somebody is signed in."""
        session = self.session(request)
        return (session, session.signed_in) if session and session.signed_in else None

    async def to_sign_in(self, request: Request, destination: str, *, again: bool = False) -> Response:
        """Send the browser to the issuer; afterwards it comes to the destination.

        Raises:
            SignInFailed: The issuer cannot be asked.
        """
        pending, url = await self.flow.begin(destination, again=again)
        session = self.session(request) or self.sessions.start()
        session.expect(pending)
        response = redirect(url)
        self.keep(response, session)
        return response

    def keep(self, response: Response, session: OwnSession) -> None:
        """Set the session's cookie."""
        # Lax: the browser comes back from the issuer by a top-level GET. No lifetime: it ends with the browser.
        secure = self.settings.secure
        response.set_cookie(self.cookie, session.id, path="/", secure=secure, httponly=True, samesite="lax")

    def forget(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self.settings.secure, httponly=True, samesite="lax")


def redirect(target: str) -> Response:
    # RFC 9700 §4.12: 303, so that a form is never sent on.
    return RedirectResponse(target, 303, headers=redirect_headers())


def sign_out_form(desk: Desk, session: OwnSession) -> Form:
    return Form(desk.address("/sign-out"), session.form_token("sign-out"))


def ended(response: Response, outcome: str) -> Response:
    """A page that ends a consent; programs read how from the header."""
    response.headers[OUTCOME] = outcome
    return response


def query(request: Request) -> Mapping[str, str]:
    """The parameters of the query string, each once.

    Raises:
        RequestMalformed: They are not.
    """
    return _parameters(request.scope["query_string"])


async def form(request: Request) -> Mapping[str, str]:
    """The fields of a form, each once.

    Raises:
        FormForged: No form of ours.
        RequestMalformed: A field twice, or not text.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise FormForged("another media type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise FormForged("too large")
    return _parameters(bytes(body))


def _parameters(encoded: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:
        raise RequestMalformed("This address is not one of ours.") from error
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise RequestMalformed("This address says something twice.")
    return parameters


def wrong(message: str, *, status: int = 400) -> Response:
    return ended(error_page(message, status=status), "failed")
