"""Tickets of one athlete. The partition is the athlete's own, so another's ticket cannot even be addressed.

| partition | sort key | holds |
|---|---|---|
| ``USER#issuer#sub`` | ``TICKET#id`` | the ticket; ids begin with the time, so their order is that of creation |
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apis.serving.caller import Caller
from apis.serving.cursor import CursorSeal
from apis.serving.errors import NotFound
from apis.serving.idempotency import Outcome, once
from apis.serving.store import Item, PutIfAbsent, Store, encode_cursor, sort_time
from apis.support.models import Status, Ticket, TicketDraft, TicketPage, TicketRow

_RANGE = ("TICKET#", "TICKET#~")
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Tickets:
    """Reads and opens tickets for a caller."""

    store: Store
    seal: CursorSeal
    clock: Callable[[], datetime]

    def open(self, caller: Caller, draft: TicketDraft, *, key: str | None, dry_run: bool) -> Ticket:
        """Opens a ticket, at most once per key; a dry run stores nothing and its ticket has no id."""
        if dry_run:
            return _ticket(None, draft, self.clock())
        response = once(
            self.store,
            caller=caller,
            key=key,
            operation="post /tickets",
            request=draft.model_dump(),
            perform=lambda: self._outcome(caller, draft),
            now_s=self.clock().timestamp(),
        )
        return Ticket.model_validate(response)

    def _outcome(self, caller: Caller, draft: TicketDraft) -> Outcome:
        now = self.clock()
        ticket = _ticket(_new_id(now), draft, now)
        item = Item(caller.partition, f"TICKET#{ticket.id}", ticket.model_dump())
        return Outcome(ticket.model_dump(), (PutIfAbsent(item),))

    def get(self, caller: Caller, ticket_id: str) -> Ticket:
        """Reads one of the caller's tickets.

        Raises:
            NotFound: The caller has no such ticket, whoever else may (P14).
        """
        item = self.store.get(caller.partition, f"TICKET#{ticket_id}")
        if item is None:
            raise NotFound("There is no ticket with this id.")
        return Ticket.model_validate(item.doc)

    def page(self, caller: Caller, *, status: Status | None, limit: int, cursor: str | None) -> TicketPage:
        """Lists the caller's tickets, newest first.

        Raises:
            CursorRefused: The cursor is of another caller or status, or changed.
        """
        pk, filters = caller.partition, {"status": status}
        position = self.seal.open(cursor, caller=pk, filters=filters) if cursor else None
        found = self._matching(pk, status, limit + 1, encode_cursor(pk, position) if position else None)
        rows = found[:limit]
        more = len(found) > limit
        return TicketPage(
            tickets=tuple(TicketRow.model_validate(item.doc) for item in rows),
            next_cursor=self.seal.seal(rows[-1].sk, caller=pk, filters=filters) if more else None,
        )

    def _matching(self, pk: str, status: Status | None, wanted: int, cursor: str | None) -> list[Item]:
        found: list[Item] = []
        while len(found) < wanted:
            page = self.store.query(pk, _RANGE, desc=True, limit=_BATCH, cursor=cursor)
            found += [item for item in page.items if status in {None, item.doc["status"]}]
            cursor = page.cursor
            if cursor is None:
                break
        return found[:wanted]


def _new_id(now: datetime) -> str:
    """Time first, so that ids sort, then 64 random bits, so that they cannot be guessed."""
    return f"T{now.astimezone(UTC).strftime('%Y%m%d%H%M%S%f')}-{secrets.token_hex(8)}"


def _ticket(ticket_id: str | None, draft: TicketDraft, now: datetime) -> Ticket:
    created_at = sort_time(now)
    return Ticket(id=ticket_id, status="new", created_at=created_at, updated_at=created_at, **draft.model_dump())
