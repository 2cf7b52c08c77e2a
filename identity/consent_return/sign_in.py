"""This part's own sign-in and sign-out, as a browser sees them."""

import logging

from starlette.requests import Request
from starlette.responses import Response

from identity.consent_return.errors import FormForged
from identity.consent_return.pages import signed_out_page
from identity.consent_return.visit import Desk, form, query, redirect, wrong
from identity.tokens import fingerprint

logger = logging.getLogger(__name__)


class SignInRoutes:
    """Routes of the sign-in.

    Args:
        desk: What the routes share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def callback(self, request: Request) -> Response:
        """The issuer's answer, in the browser that began the sign-in (RFC 6749 §10.12)."""
        answer = query(request)
        session = self._desk.session(request)
        pending = session.claim(answer.get("state", ""), self._desk.now()) if session else None
        if session is None or pending is None:
            return wrong("This sign-in was not begun in this browser, or it took too long. Please begin again.")
        if "error" in answer and "code" not in answer:
            return wrong("You did not sign in, so nothing was done.")
        signed_in = await self._desk.flow.finish(pending, answer)
        logger.info("subject=<%s> | signed in", fingerprint(signed_in.subject))
        # A new id: whoever planted or saw the old one has nothing of it (A19).
        self._desk.sessions.end(session)
        response = redirect(self._desk.address(pending.destination))
        self._desk.keep(response, self._desk.sessions.start(signed_in))
        return response

    async def sign_in(self, request: Request) -> Response:
        """Sign in by password, whoever the issuer's own session belongs to."""
        return await self._desk.to_sign_in(request, "/", again=True)

    async def sign_out(self, request: Request) -> Response:
        """End this part's session."""
        fields = await form(request)
        session = self._desk.session(request)
        if session is None:
            raise FormForged("no session")
        session.check_form_token(fields.get("form_token", ""), "sign-out")
        self._desk.sessions.end(session)
        response = signed_out_page(self._desk.address("/sign-in"))
        self._desk.forget(response)
        return response
