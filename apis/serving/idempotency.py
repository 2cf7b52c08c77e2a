"""``Idempotency-Key``: the same request again gets the first answer, and is not done twice.

The record is written in the same transaction as the data, so there is no moment in which one is there without the
other. Keys are a namespace per athlete (I08) and operation.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apis.serving.caller import Caller
from apis.serving.errors import IdempotencyKeyReused, InvalidRequest, TransactionConflict
from apis.serving.store import Item, PutIfAbsent, Store, UpdateIf, Write

LIFETIME_S = 24 * 3600
LONGEST_KEY = 255
PART_CHARS = 300_000  # well below the store's limit for one item
_SORT_KEY = "RESPONSE"
_DIGEST_CHARS = 32


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation would write and answer."""

    response: dict[str, Any]
    writes: Sequence[Write]


def once(
    store: Store,
    *,
    caller: Caller,
    key: str | None,
    operation: str,
    request: Mapping[str, Any],
    perform: Callable[[], Outcome],
    now_s: float,
) -> dict[str, Any]:
    """Performs an operation at most once per key and returns its answer.

    Args:
        store: Where data and record are written together.
        caller: Whose key it is.
        key: The header's value; without one the operation is simply performed.
        operation: For example ``post /tickets``.
        request: What the key was used for; the same key with another request is refused.
        perform: Computes the outcome; it must not write itself.
        now_s: Epoch seconds.

    Raises:
        IdempotencyKeyReused: The key belongs to another request.
        InvalidRequest: The key is empty or too long.
        TransactionConflict: One of the operation's own conditions did not hold.
    """
    if key is None:
        outcome = perform()
        store.transact(outcome.writes)
        return outcome.response
    pk = _partition(caller, operation, key)
    digest = _digest(request)
    found = store.get(pk, _SORT_KEY)
    if found and found.doc["ttl"] > now_s:
        return _replay(found, digest)
    outcome = perform()
    record = Item(pk, _SORT_KEY, {"ttl": now_s + LIFETIME_S, "request": digest, "response": outcome.response})
    first = UpdateIf(record, found.version) if found else PutIfAbsent(record)
    try:
        store.transact([first, *outcome.writes])
    except TransactionConflict as conflict:
        winner = store.get(pk, _SORT_KEY) if conflict.reasons[0] else None
        if winner is None:
            raise
        return _replay(winner, digest)  # the same request came twice at once, and the other one won
    return outcome.response


@dataclass(frozen=True, slots=True)
class IdempotentAnswers:
    """The same for an operation of many transactions, which must be harmless to repeat: its answer is kept at the end.

    If the process dies in between, the repetition does the rest and answers for itself.

    Attributes:
        store: Where answers are kept, compressed.
        caller: Whose key it is.
        key: The header's value; without one nothing is kept.
        operation: For example ``post /uploads``.
        request: What the key was used for; the same key with another request is refused.
        now_s: Epoch seconds.
    """

    store: Store
    caller: Caller
    key: str | None
    operation: str
    request: Mapping[str, Any]
    now_s: float

    def recall(self) -> dict[str, Any] | None:
        """The first answer to this request, if there was one.

        Raises:
            IdempotencyKeyReused: The key belongs to another request.
            InvalidRequest: The key is empty or too long.
        """
        if self.key is None:
            return None
        found = self.store.get(_partition(self.caller, self.operation, self.key), _SORT_KEY)
        if found is None or found.doc["ttl"] <= self.now_s:
            return None
        response = _replay(found, _digest(self.request))
        answer: dict[str, Any] = json.loads(
            zlib.decompress(base64.b64decode(response["packed"] + self._rest(response)))
        )
        return answer

    def keep(self, answer: Mapping[str, Any]) -> None:
        """Keeps the answer; of two requests at once the first one's stays."""
        if self.key is None:
            return
        packed = base64.b64encode(zlib.compress(json.dumps(answer).encode())).decode("ascii")
        ttl, name = self.now_s + LIFETIME_S, hashlib.sha256(packed.encode()).hexdigest()
        first, *rest = (packed[start : start + PART_CHARS] for start in range(0, len(packed), PART_CHARS))
        for number, part in enumerate(rest):  # first, so that whoever finds the record finds all of it
            self._put(_part_key(name, number), {"ttl": ttl, "part": part})
        response = {"packed": first, "name": name, "parts": len(rest)}
        self._put(_SORT_KEY, {"ttl": ttl, "request": _digest(self.request), "response": response})

    def _put(self, sort_key: str, document: dict[str, Any]) -> None:
        """Stores the item unless one that still counts is there."""
        item = Item(_partition(self.caller, self.operation, self.key or ""), sort_key, document)
        current = self.store.get(item.pk, item.sk)
        if current is None:
            self.store.put_if_absent(item)
        elif current.doc["ttl"] <= self.now_s:
            self.store.update_if(item, version=current.version)

    def _rest(self, response: Mapping[str, Any]) -> str:
        """What did not fit into the record's own item."""
        pk = _partition(self.caller, self.operation, self.key or "")
        numbers = range(response.get("parts", 0))
        parts = (self.store.get(pk, _part_key(response["name"], number)) for number in numbers)
        return "".join(part.doc["part"] for part in parts if part is not None)


def _part_key(name: str, number: int) -> str:
    """Of the answer's own digest: two answers to the same request at once do not mix."""
    return f"{_SORT_KEY}#{name[:_DIGEST_CHARS]}#{number:03d}"


def _digest(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def _partition(caller: Caller, operation: str, key: str) -> str:
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidRequest(f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
    return f"IDEM#{caller.partition}#{operation}#{key}"


def _replay(record: Item, digest: str) -> dict[str, Any]:
    if record.doc["request"] != digest:
        raise IdempotencyKeyReused
    response: dict[str, Any] = record.doc["response"]
    return response
