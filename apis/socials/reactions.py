"""Giving kudos and writing comments, each at most once per Idempotency-Key."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apis.serving.caller import Caller
from apis.serving.errors import TransactionConflict
from apis.serving.idempotency import Outcome, once
from apis.serving.store import Item, PutIfAbsent, Store, sort_time
from apis.socials.models import CommentAdded, KudosGiven
from apis.socials.records import activity_partition, kudos_of, visible_post


@dataclass(frozen=True, slots=True)
class Reactions:
    """Writes what one athlete says about an activity that the athlete may see."""

    store: Store
    clock: Callable[[], datetime]

    def give_kudos(self, caller: Caller, activity_id: str, *, key: str | None, dry_run: bool) -> KudosGiven:
        """Gives kudos; a second time changes nothing.

        Raises:
            NotFound: The activity is not visible to the caller.
        """
        visible_post(self.store, caller, activity_id)
        if dry_run:
            return self._kudos(activity_id, given=False, dry_run=True)
        try:
            response = once(
                self.store,
                caller=caller,
                key=key,
                operation="post kudos",
                request={"activity_id": activity_id},
                perform=lambda: self._kudos_outcome(caller, activity_id),
                now_s=self.clock().timestamp(),
            )
        except TransactionConflict:  # another request of this athlete was first
            return self._kudos(activity_id, given=False, dry_run=False)
        return KudosGiven.model_validate(response)

    def _kudos_outcome(self, caller: Caller, activity_id: str) -> Outcome:
        item = kudos_item(activity_id, caller.partition, display_name(caller), self.clock())
        if self.store.get(item.pk, item.sk):
            return Outcome(self._kudos(activity_id, given=False, dry_run=False).model_dump(), ())
        answer = self._kudos(activity_id, given=True, dry_run=False)
        return Outcome(answer.model_dump(), (PutIfAbsent(item),))

    def _kudos(self, activity_id: str, *, given: bool, dry_run: bool) -> KudosGiven:
        count = len(kudos_of(self.store, activity_id)) + given
        return KudosGiven(activity_id=activity_id, given=given, kudos_count=count, dry_run=dry_run)

    def add_comment(
        self, caller: Caller, activity_id: str, text: str, *, key: str | None, dry_run: bool
    ) -> CommentAdded:
        """Writes a comment.

        Raises:
            NotFound: The activity is not visible to the caller.
        """
        visible_post(self.store, caller, activity_id)
        if dry_run:
            name = display_name(caller)
            return CommentAdded(
                activity_id=activity_id, id=None, athlete=name, text=text, created_at=None, dry_run=True
            )
        response = once(
            self.store,
            caller=caller,
            key=key,
            operation="post comment",
            request={"activity_id": activity_id, "text": text},
            perform=lambda: self._comment_outcome(caller, activity_id, text),
            now_s=self.clock().timestamp(),
        )
        return CommentAdded.model_validate(response)

    def _comment_outcome(self, caller: Caller, activity_id: str, text: str) -> Outcome:
        item = comment_item(activity_id, uuid.uuid4().hex, display_name(caller), text, self.clock())
        answer = CommentAdded(activity_id=activity_id, dry_run=False, **item.doc)
        return Outcome(answer.model_dump(), (PutIfAbsent(item),))


def display_name(caller: Caller) -> str:
    """What others see of the athlete."""
    return (caller.username or "an athlete").capitalize()


def kudos_item(activity_id: str, giver: str, name: str, given_at: datetime) -> Item:
    """One per giver and activity, so giving twice is impossible."""
    doc = {"athlete": name, "created_at": sort_time(given_at)}
    return Item(activity_partition(activity_id), f"KUDOS#{giver}", doc)


def comment_item(activity_id: str, comment_id: str, name: str, text: str, written_at: datetime) -> Item:
    created_at = sort_time(written_at)
    doc = {"id": comment_id, "athlete": name, "text": text, "created_at": created_at}
    return Item(activity_partition(activity_id), f"COMMENT#{created_at}#{comment_id}", doc)
