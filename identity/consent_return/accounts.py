"""Connected accounts: the list, and disconnecting."""

import logging
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from identity.consent_return.errors import FormForged, RequestMalformed, SignInOver, VaultRefused
from identity.consent_return.own_session import OwnSession, SignedIn
from identity.consent_return.pages import accounts_page, disconnect_page, unavailable_page
from identity.consent_return.vault_calls import Connection
from identity.consent_return.visit import Desk, form, query, redirect, sign_out_form
from identity.consent_return.words import account_of
from identity.tokens import fingerprint
from identity.web_pages.pieces import Form

logger = logging.getLogger(__name__)


class Accounts:
    """Routes about what is connected.

    Args:
        desk: What the routes share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_all(self, request: Request) -> Response:
        """GET `/`, for people and, by Accept, for their own programs."""
        visitor = self._desk.signed_in(request)
        if visitor is None:
            return await self._desk.to_sign_in(request, "/")
        session, person = visitor
        try:
            connections = await self._desk.consents.connections(person.token)
        except SignInOver:
            self._desk.sessions.end(session)
            return await self._desk.to_sign_in(request, "/", again=True)
        except VaultRefused:
            return unavailable_page()
        if _wants_json(request):
            return JSONResponse(_document(session, person, connections))
        # The name comes from our own list of services, whatever the address says.
        service = self._desk.settings.services.get(query(request).get("disconnected", ""))
        return accounts_page(
            [account_of(self._desk.settings, one) for one in connections],
            person=person.name,
            sign_out=sign_out_form(self._desk, session),
            disconnected=service.name if service else None,
        )

    async def ask(self, request: Request) -> Response:
        """GET `/disconnect`: the page that asks first."""
        workload, provider = _named(query(request))
        visitor = self._desk.signed_in(request)
        if visitor is None:
            return await self._desk.to_sign_in(request, "/")
        session, person = visitor
        try:
            connections = await self._desk.consents.connections(person.token)
        except VaultRefused:
            return unavailable_page()
        found = [one for one in connections if (one.workload, one.provider) == (workload, provider)]
        if not found:
            return redirect(self._desk.address("/"))
        account = account_of(self._desk.settings, found[0])
        which = {"workload": workload, "provider": provider}
        form = Form(self._desk.address("/disconnect"), _token(session, found[0]), which)
        return disconnect_page(form, account, back=self._desk.address("/"))

    async def disconnect(self, request: Request) -> Response:
        """POST `/disconnect`."""
        fields = await form(request)
        workload, provider = _named(fields)
        visitor = self._desk.signed_in(request)
        if visitor is None:
            raise FormForged("nobody is signed in")
        session, person = visitor
        session.check_form_token(fields.get("form_token", ""), "disconnect", workload, provider)
        if fields.get("decision") != "disconnect":
            return redirect(self._desk.address("/"))
        try:
            await self._desk.consents.disconnect(person.token, workload, provider)
        except VaultRefused:
            return unavailable_page()
        logger.info("subject=<%s>, provider=<%s> | disconnected", fingerprint(person.subject), provider)
        return (
            Response(status_code=204)
            if _wants_json(request)
            else redirect(self._desk.address(f"/?{urlencode({'disconnected': provider})}"))
        )


def _named(parameters: Mapping[str, str]) -> tuple[str, str]:
    workload, provider = parameters.get("workload", ""), parameters.get("provider", "")
    if not workload or not provider:
        raise RequestMalformed("This address does not say which account.")
    return workload, provider


def _token(session: OwnSession, connection: Connection) -> str:
    return session.form_token("disconnect", connection.workload, connection.provider)


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").partition(",")[0].strip() == "application/json"


def _document(session: OwnSession, person: SignedIn, connections: list[Connection]) -> dict[str, object]:
    return {
        "athlete": person.name,
        "connections": [
            {
                "workload": one.workload,
                "provider": one.provider,
                "scopes": list(one.scopes),
                "connectedAt": one.connected_at.isoformat(),
                "issuer": one.issuer,
                "form_token": _token(session, one),
            }
            for one in connections
        ],
    }
