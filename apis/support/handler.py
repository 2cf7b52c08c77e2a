"""The operations of the support API. Tickets are the caller's own; help articles are public."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from apis.serving.errors import CursorRefused, IdempotencyKeyReused, NotFound
from apis.serving.openapi_document import API_KEY, answers
from apis.serving.resolver import IdempotencyKey, caller_of, created, new_resolver
from apis.support.help_search import HelpIndex
from apis.support.models import Passages, Status, Ticket, TicketDraft, TicketPage
from apis.support.tickets import Tickets


def build_resolver(index: HelpIndex, tickets: Tickets) -> APIGatewayRestResolver:
    """Makes the resolver; ``resolver.resolve`` is the Lambda handler."""
    app = new_resolver(title="Support", metered=True)

    # Public, but counted: the gateway comes here with a key and no token.
    @app.get("/help", summary="Search the help articles", security=[{API_KEY: []}])
    def search_help(
        query: Annotated[str, Query(min_length=1, max_length=300)],
        *,
        limit: Annotated[int, Query(ge=1, le=20)] = 5,
    ) -> Passages:
        return Passages(passages=tuple(index.search(query, limit)))

    @app.get("/tickets", summary="The athlete's tickets, newest first", responses=answers(CursorRefused))
    def list_tickets(
        *,
        status: Annotated[Status | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        cursor: Annotated[str | None, Query(max_length=4096)] = None,
    ) -> TicketPage:
        return tickets.page(caller_of(app), status=status, limit=limit, cursor=cursor)

    @app.get("/tickets/<ticket_id>", summary="One of the athlete's tickets", responses=answers(NotFound))
    def get_ticket(ticket_id: Annotated[str, Path(max_length=128)]) -> Ticket:
        return tickets.get(caller_of(app), ticket_id)

    @app.post(
        "/tickets",
        summary="Open a ticket",
        responses=answers(IdempotencyKeyReused, statuses=(HTTPStatus.OK, HTTPStatus.CREATED)),
    )
    def open_ticket(
        draft: Annotated[TicketDraft, Body()],
        *,
        dry_run: Annotated[bool, Query(description="check everything, store nothing")] = False,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Ticket]:
        opened = tickets.open(caller_of(app), draft, key=idempotency_key, dry_run=dry_run)
        return created(opened, dry_run=dry_run)

    return app
