"""Where socials keeps what, and what the caller may see of it.

| partition | sort key | holds |
|---|---|---|
| ``CLUBS`` | ``CLUB#id`` | a club |
| ``USER#issuer#sub`` | ``ACCOUNT`` | whom the athlete shows activities, and whether they are a minor |
| ``USER#issuer#sub`` | ``CLUB#id`` | the athlete's membership |
| ``USER#issuer#sub`` | ``POST#start#activity`` | one of the athlete's activities |
| ``ACTIVITY#id`` | ``POST`` | owner, name, start, clubs it is shared with |
| ``ACTIVITY#id`` | ``KUDOS#user`` / ``COMMENT#time#id`` | what others said |

An athlete sees the own activities and those shared with a club that the athlete is a member of, if the owner's account
shares at all; a minor's are shared in private clubs alone. Who has no account shares nothing. Whatever else is asked
for is answered as if it did not exist. The account is socials' own: nothing is taken over from another team's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from apis.serving.caller import Caller
from apis.serving.errors import NotFound
from apis.serving.store import Item, Store, sort_time
from apis.socials.models import Club, Comment

CLUBS = "CLUBS"
POST = "POST"
ACCOUNT = "ACCOUNT"
Visibility = Literal["clubs", "nobody"]
_PAGE = 200
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Account:
    """What socials knows of an athlete.

    Attributes:
        visibility: Who sees the athlete's activities: members of the same clubs, or nobody.
        minor: Under 18.
    """

    partition: str
    visibility: Visibility
    minor: bool

    def item(self) -> Item:
        return Item(self.partition, ACCOUNT, {"visibility": self.visibility, "minor": self.minor})


@dataclass(frozen=True, slots=True)
class Post:
    """An activity as socials knows it: no route, no place, no health value."""

    activity_id: str
    owner: str
    name: str
    start_date: datetime
    clubs: tuple[str, ...] = field(default_factory=tuple)

    @property
    def partition(self) -> str:
        return activity_partition(self.activity_id)

    def items(self) -> tuple[Item, Item]:
        """The two records of the post: the activity's and the one in the owner's list."""
        start = sort_time(self.start_date)
        doc = {"owner": self.owner, "name": self.name, "start_date": start, "clubs": list(self.clubs)}
        listed = {"activity_id": self.activity_id, "name": self.name, "start_date": start}
        return Item(self.partition, POST, doc), Item(self.owner, f"POST#{start}#{self.activity_id}", listed)


def activity_partition(activity_id: str) -> str:
    return f"ACTIVITY#{activity_id}"


def visible_post(store: Store, caller: Caller, activity_id: str) -> Item:
    """Returns the activity's record if the caller may see it.

    Raises:
        NotFound: It does not exist or is not for the caller; the answers are the same (P14).
    """
    post = store.get(activity_partition(activity_id), POST)
    if post and (post.doc["owner"] == caller.partition or _shares_club(store, caller, _shared_with(store, post))):
        return post
    raise NotFound("There is no activity with this id.")


def _shared_with(store: Store, post: Item) -> list[str]:
    account = store.get(post.doc["owner"], ACCOUNT)
    if account is None or account.doc["visibility"] != "clubs":
        return []
    clubs: list[str] = post.doc["clubs"]
    return [club for club in clubs if _is_private(store, club)] if account.doc["minor"] else clubs


def _is_private(store: Store, club_id: str) -> bool:
    found = store.get(CLUBS, f"CLUB#{club_id}")
    return bool(found and found.doc["private"])


def _shares_club(store: Store, caller: Caller, clubs: list[str]) -> bool:
    return any(membership(store, caller, club) == "member" for club in clubs)


def membership(store: Store, caller: Caller, club_id: str) -> str | None:
    """``member``, ``pending`` or None."""
    found = store.get(caller.partition, f"CLUB#{club_id}")
    return found.doc["membership"] if found else None


def own_clubs(store: Store, caller: Caller) -> Iterator[Club]:
    """The clubs the caller belongs to or has asked to join, by id."""
    for own in all_items(store, caller.partition, "CLUB#"):
        club = store.get(CLUBS, own.sk)
        if club:
            yield Club(**club.doc, membership=own.doc["membership"])


def kudos_of(store: Store, activity_id: str) -> list[Item]:
    return list(all_items(store, activity_partition(activity_id), "KUDOS#"))


def comments_of(store: Store, activity_id: str) -> list[Comment]:
    """Oldest first."""
    return [Comment(**item.doc) for item in all_items(store, activity_partition(activity_id), "COMMENT#")]


def all_items(store: Store, pk: str, prefix: str) -> Iterator[Item]:
    """Every item of a partition whose sort key starts with the prefix, in order."""
    cursor: str | None = None
    while True:
        page = store.query(pk, (prefix, prefix + _LAST), desc=False, limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.cursor
        if cursor is None:
            return
