"""Conversations at AgentCore Memory: the athlete's words and the coach's, one event a turn, and nothing else.

Results of tools are not kept. They are most of an athlete's data and none of the conversation, and a text of somebody
else in them cannot come back later as if it had been said here. Extraction is switched off for every event: nobody
reads facts that a model would make of it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from strands.types.content import Message

from agent.sessions import SessionKey
from identity.actor_id import actor_id

logger = logging.getLogger(__name__)
MOST_TURNS: Final = 20  # as many as the window of the conversation holds
PAGE: Final = 100
MOST_PAGES: Final = 5
LONGEST_TEXT: Final = 100_000  # AWS's limit of a text
LONGEST_NAME: Final = 100  # AWS's limit of a session's name; a runtime's may be longer
RECALL_LIMIT_S: Final = 3.0
WRITE_LIMIT_S: Final = 5.0
_ROLES: Final[Mapping[str, Literal["user", "assistant"]]] = {"USER": "user", "ASSISTANT": "assistant"}


class Conversations(Protocol):
    """What outlives a process."""

    async def recall(self, key: SessionKey) -> list[Message] | None:
        """What was said before, the oldest first; None if that cannot be known now."""

    async def remember(self, key: SessionKey, question: str, answer: str) -> None:
        """Keeps one turn. Whatever goes wrong, the answer was given."""


class NoMemory:
    """Nothing outlives the process."""

    async def recall(self, key: SessionKey) -> list[Message] | None:
        del key
        return []

    async def remember(self, key: SessionKey, question: str, answer: str) -> None:
        """Nothing."""


class AgentCoreMemory:
    """Events of one memory, at AWS or at whatever answers like it.

    Args:
        client: boto3's of `bedrock-agentcore`.
        memory_id: Of the memory.
    """

    def __init__(self, client: Any, memory_id: str) -> None:
        self._client = client
        self._memory_id = memory_id

    async def recall(self, key: SessionKey) -> list[Message] | None:
        """The last turns of a conversation. Who talks is in the key, which comes from the verified token (R04)."""
        try:
            async with asyncio.timeout(RECALL_LIMIT_S):
                events = await asyncio.to_thread(self._events, self._place(key))
        except (BotoCoreError, ClientError, TimeoutError) as error:
            logger.warning("error=<%s> | conversation not recalled", _kind(error))
            return None
        return [message for event in _last(events) for message in _messages(event)]

    async def remember(self, key: SessionKey, question: str, answer: str) -> None:
        if max(len(question), len(answer)) > LONGEST_TEXT:
            logger.warning("reason=<too long> | turn not remembered")
            return
        said = (("USER", question), ("ASSISTANT", answer))
        request = {
            **self._place(key),
            "eventTimestamp": datetime.now(UTC),
            "payload": [{"conversational": {"role": role, "content": {"text": text}}} for role, text in said],
            "extractionMode": "SKIP",
        }
        try:
            async with asyncio.timeout(WRITE_LIMIT_S):
                await asyncio.to_thread(self._client.create_event, **request)
        except (BotoCoreError, ClientError, TimeoutError) as error:
            logger.warning("error=<%s> | turn not remembered", _kind(error))

    def _place(self, key: SessionKey) -> dict[str, str]:
        return {
            "memoryId": self._memory_id,
            "actorId": actor_id(key.issuer, key.subject),
            "sessionId": _session_name(key.session_id),
        }

    def _events(self, place: dict[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            answer = self._client.list_events(**place, includePayloads=True, maxResults=PAGE, **page)
            found += [event for event in answer["events"] if _is_at(event, place)]
            if not answer.get("nextToken"):
                break
            page = {"nextToken": answer["nextToken"]}
        return found


def last_words(messages: Sequence[Message]) -> str:
    """The text of the last message."""
    return "".join(block.get("text", "") for block in messages[-1]["content"]) if messages else ""


def _last(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last turns, the oldest first; AWS does not say in which order it lists."""
    return sorted(events, key=lambda event: (event["eventTimestamp"], event["eventId"]))[-MOST_TURNS:]


def _messages(event: Mapping[str, Any]) -> list[Message]:
    """Question and answer of an event; none of one that we did not write, so that roles keep alternating."""
    said = [one["conversational"] for one in event["payload"] if "conversational" in one]
    if [one["role"] for one in said] != ["USER", "ASSISTANT"]:
        return []
    return [{"role": _ROLES[one["role"]], "content": [{"text": one["content"]["text"]}]} for one in said]


def _is_at(event: Mapping[str, Any], place: Mapping[str, str]) -> bool:
    """Whether an event is of whom and which was asked for: nobody else's words are shown, whoever mixed them up."""
    return all(event.get(name) == place[name] for name in ("actorId", "sessionId"))


def _session_name(session_id: str) -> str:
    return session_id if len(session_id) <= LONGEST_NAME else hashlib.sha256(session_id.encode()).hexdigest()


def _kind(error: Exception) -> str:
    """What failed, without a text that may quote the request."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
