"""`GET /return`: a consent comes back from the other service (resourceOauth2ReturnUrl).

| who comes | with | gets |
|---|---|---|
| nobody signed in | anything of ours | sign-in, then here again (V04) |
| the person who asked | the state that was sealed for them | the vault redeems the code; connected |
| another person | somebody else's state | refused; the vault is not asked (V01) |
| anybody | no state, or one that we did not seal | refused (V27) |
| whoever declined | an error of the other service | an end without a connection (V21) |

The vault compares the person and the state with those that began this consent, and remembers that it was used.
"""

import logging
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from identity.consent_return.errors import ConnectionsUnlisted, ConsentOfAnother, ConsentOver, SignInOver, VaultRefused
from identity.consent_return.own_session import OwnSession, SignedIn
from identity.consent_return.pages import (
    another_user_page,
    connected_page,
    declined_page,
    expired_page,
    unavailable_page,
)
from identity.consent_return.visit import Desk, ended, query, sign_out_form, wrong
from identity.consent_return.words import meanings_of, service_of
from identity.consent_state import check
from identity.errors import ConsentStateExpired, ConsentStateForeign, ConsentStateRefused
from identity.tokens import fingerprint

logger = logging.getLogger(__name__)
_SESSION_URI = re.compile(r"urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{22,256}")
_STATE = re.compile(r"[A-Za-z0-9._-]{1,256}")
_OTHER_SERVICE = "The other service"


class Landing:
    """Where consents land.

    Args:
        desk: What the routes share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def arrive(self, request: Request) -> Response:
        """GET `/return`."""
        given = query(request)
        session_uri, state = given.get("session_id", ""), given.get("state", "")
        if not _SESSION_URI.fullmatch(session_uri) or not _STATE.fullmatch(state):
            return wrong("This address is not one of ours, or a part of it is missing. Nothing was connected.")
        if "error" in given:
            return _declined(given)
        visitor = self._desk.signed_in(request)
        if visitor is None:
            return await self._desk.to_sign_in(request, _again(session_uri, state))
        session, person = visitor
        refusal = self._refusal(session, person, state)
        return refusal or await self._complete(request, session, person, session_uri, state)

    def _refusal(self, session: OwnSession, person: SignedIn, state: str) -> Response | None:
        key = self._desk.settings.consent_state_key.get_secret_value().encode()
        try:
            check(key, state, issuer=person.issuer, subject=person.subject, now=self._desk.now())
        except ConsentStateRefused as error:
            who = fingerprint(person.subject)
            logger.warning("subject=<%s>, reason=<%s: %s> | refused consent", who, type(error).__name__, error)
            if isinstance(error, ConsentStateForeign):
                return ended(
                    another_user_page(person.name, sign_out=sign_out_form(self._desk, session)), "another-user"
                )
            if isinstance(error, ConsentStateExpired):
                return ended(expired_page(), "expired")
            return wrong("This link does not come from the coach. Nothing was connected.")
        return None

    async def _complete(
        self, request: Request, session: OwnSession, person: SignedIn, session_uri: str, state: str
    ) -> Response:
        try:
            await self._desk.consents.complete(session_uri, person.token, state)
        except ConsentOfAnother:
            return ended(another_user_page(person.name, sign_out=sign_out_form(self._desk, session)), "another-user")
        except ConsentOver:
            return ended(expired_page(), "expired")
        except SignInOver:
            self._desk.sessions.end(session)
            # With the password, or a vault that believes no sign-in would send the browser round for ever.
            return await self._desk.to_sign_in(request, _again(session_uri, state), again=True)
        except VaultRefused:
            return ended(unavailable_page(), "unavailable")
        logger.info("subject=<%s> | completed consent", fingerprint(person.subject))
        return ended(await self._connected(person), "linked")

    async def _connected(self, person: SignedIn) -> Response:
        services = self._desk.settings.services
        try:
            newest = next(iter(await self._desk.consents.connections(person.token)), None)
        except (VaultRefused, ConnectionsUnlisted):
            newest = None  # connected all the same: only its name is not known here
        if newest is None:
            return connected_page(_OTHER_SERVICE, (), accounts=self._desk.address("/"))
        service = service_of(services, newest.provider)
        return connected_page(service.name, meanings_of(service, newest.scopes), accounts=self._desk.address("/"))


def _declined(given: Mapping[str, str]) -> Response:
    # RFC 6749 §4.1.2.1. The error is a word of somebody else: it decides between two pages of ours, and is not shown.
    if given["error"] == "access_denied":
        return ended(declined_page(_OTHER_SERVICE), "declined")
    return wrong("The other service could not do this. Nothing was connected; ask the coach for a new link.")


def _again(session_uri: str, state: str) -> str:
    return f"/return?{urlencode({'session_id': session_uri, 'state': state})}"
