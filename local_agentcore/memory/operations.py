"""The operations of AgentCore Memory that the laptop has, by their AWS names.

Long-term memory is not among them but for the answer that there is none: AWS extracts it with a language model, and the
coach works without one. Filters, branches as a query and batches are AWS's alone.
"""

import base64
import binascii
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.model import OperationModel

from identity.length_prefixed import digest
from identity.vault.errors import NotFound, OperationUnsupported, RequestInvalid
from local_agentcore.memory.requests import FORGET
from local_agentcore.memory.store import EventStore, Place

Json = dict[str, Any]
Parameters = Mapping[str, Any]
MOST_ON_A_PAGE: Final = 100
DAY_S: Final = 86_400
# What is kept of a request; the rest says how it is to be taken.
_KEPT: Final = ("memoryId", "actorId", "payload", "branch", "metadata")


class MemoryOperations:
    """Of one memory.

    Args:
        memory_id: Its id; its ARN ends with it.
        store: Where its events are.
        expiry_days: After which an event goes, as `eventExpiryDuration`.
        clock: Epoch seconds.
    """

    def __init__(
        self, memory_id: str, store: EventStore, *, expiry_days: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._memory_id = memory_id
        self._store = store
        self._expiry_s = expiry_days * DAY_S
        self._clock = clock
        self._operations: dict[str, Callable[[Parameters], Json]] = {
            "CreateEvent": self._create,
            "GetEvent": self._get,
            "DeleteEvent": self._delete,
            "ListEvents": self._list,
            "ListSessions": self._sessions,
            "RetrieveMemoryRecords": lambda _: {"memoryRecordSummaries": []},
            FORGET: self._forget,
        }

    @property
    def names(self) -> frozenset[str]:
        """The operations that are here."""
        return frozenset(self._operations)

    def require(self, operation: OperationModel) -> None:
        """Check that an operation is here.

        Raises:
            OperationUnsupported: It is not, whatever is in the request.
        """
        if operation.name not in self._operations:
            raise OperationUnsupported(f"{operation.name} is not available at the local memory")

    def do(self, operation: OperationModel, parameters: Parameters) -> Json:
        """Do an operation.

        Raises:
            NotFound: There is no such memory, or no such event.
            RequestInvalid: A page that was never given out.
            OperationUnsupported: A filter.
        """
        memory = parameters.get("memoryId", self._memory_id)
        if memory.rpartition("/")[2] != self._memory_id:
            raise NotFound("no such memory")
        if parameters.get("filter"):
            raise OperationUnsupported("the local memory has no filters")
        return self._operations[operation.name](parameters)

    def close(self) -> None:
        self._store.close()

    def _create(self, parameters: Parameters) -> Json:
        now = self._clock()
        session = parameters.get("sessionId") or str(uuid.uuid4())
        # Time first, so that ids sort as events happened; AWS writes them like this.
        event_id = f"{int(now * 1000):016d}#{secrets.token_hex(4)}"
        kept = {name: parameters[name] for name in _KEPT if name in parameters}
        event = {**kept, "sessionId": session, "eventId": event_id, "eventTimestamp": parameters["eventTimestamp"]}
        place = Place(parameters["actorId"], session)
        token = digest(place.actor, place.session, parameters["clientToken"]) if "clientToken" in parameters else None
        return {"event": self._store.add(place, event_id, event, token=token, expires_at=now + self._expiry_s, now=now)}

    def _get(self, parameters: Parameters) -> Json:
        event = self._store.event(_place(parameters), parameters["eventId"], now=self._clock())
        if event is None:
            raise NotFound("no such event")
        return {"event": event}

    def _delete(self, parameters: Parameters) -> Json:
        if not self._store.delete(_place(parameters), parameters["eventId"]):
            raise NotFound("no such event")
        return {"eventId": parameters["eventId"]}

    def _list(self, parameters: Parameters) -> Json:
        limit = parameters.get("maxResults", MOST_ON_A_PAGE)
        found = self._store.events(_place(parameters), before=_page(parameters), limit=limit + 1, now=self._clock())
        events = found[:limit]
        if not parameters.get("includePayloads", True):
            events = [{**event, "payload": []} for event in events]
        return {"events": events, **(_next(events[-1]["eventId"]) if len(found) > limit else {})}

    def _sessions(self, parameters: Parameters) -> Json:
        limit, actor = parameters.get("maxResults", MOST_ON_A_PAGE), parameters["actorId"]
        found = self._store.sessions(actor, after=_page(parameters) or "", limit=limit + 1, now=self._clock())
        summaries = [
            {"sessionId": session, "actorId": actor, "createdAt": int(first.partition("#")[0]) / 1000}
            for session, first in found[:limit]
        ]
        return {
            "sessionSummaries": summaries,
            **(_next(summaries[-1]["sessionId"]) if len(found) > limit else {}),
        }

    def _forget(self, parameters: Parameters) -> Json:
        return {"deletedEvents": self._store.forget(parameters["actorId"])}


def _place(parameters: Parameters) -> Place:
    return Place(parameters["actorId"], parameters["sessionId"])


def _next(last: str) -> Json:
    return {"nextToken": base64.urlsafe_b64encode(last.encode()).decode()}


def _page(parameters: Parameters) -> str | None:
    """Where the page before ended."""
    if (token := parameters.get("nextToken")) is None:
        return None
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RequestInvalid("nextToken: was not given out here", fields=(("nextToken", "unknown"),)) from error
