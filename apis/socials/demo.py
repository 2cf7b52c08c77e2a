"""Clubs, kudos and comments among the demo athletes, so that a fresh laptop has something to show.

Everything has a key that follows from its content: seeding again, or with more activities, adds what is missing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apis.serving.caller import user_partition
from apis.serving.store import Item, Store
from apis.socials.reactions import comment_item, kudos_item
from apis.socials.records import CLUBS, Account, Post


@dataclass(frozen=True, slots=True)
class DemoActivity:
    """An activity that exists in the activities API."""

    activity_id: str
    name: str
    start_date: datetime


@dataclass(frozen=True, slots=True)
class DemoAthlete:
    """One demo athlete with the activities to show."""

    issuer: str
    subject: str
    username: str
    activities: Sequence[DemoActivity]
    minor: bool = False

    @property
    def partition(self) -> str:
        return user_partition(self.issuer, self.subject)


@dataclass(frozen=True, slots=True)
class _Club:
    id: str
    name: str
    sport_type: str
    city: str
    private: bool
    members: tuple[str, ...]
    others: int  # members outside this laptop


_DEMO_CLUBS = (
    _Club("tiergarten-lunch-runners", "Tiergarten Lunch Runners", "running", "Berlin", False, ("maya", "jonas"), 41),  # noqa: FBT003 - rows of a table
    _Club("havel-gravel", "Havel Gravel", "cycling", "Berlin", False, ("jonas",), 118),  # noqa: FBT003 - as above
    _Club("spree-juniors", "Spree Juniors", "running", "Berlin", True, ("aiko", "maya"), 14),  # noqa: FBT003 - as above
    _Club("grunewald-trail", "Grunewald Trail Group", "running", "Berlin", False, (), 67),  # noqa: FBT003 - as above
)
_COMMENTS = (
    "Strong finish!",
    "That looked wet. Well done.",
    "Nice steady pace, see you on Thursday?",
    "Legs like last year again!",
    "How was the wind on the way back?",
    "Great route, I will try it on Sunday.",
)
_KUDOS_SHARE, _COMMENT_SHARE = 0.7, 0.25


def seed(store: Store, athletes: Sequence[DemoAthlete]) -> None:
    """Adds the demo clubs, and what their members said about each other's activities. Idempotent."""
    _seed_clubs(store, athletes)
    for athlete in athletes:
        store.put_if_absent(Account(athlete.partition, "clubs", athlete.minor).item())
        clubs = tuple(club.id for club in _DEMO_CLUBS if athlete.username in club.members)
        mates = [mate for mate in athletes if mate != athlete and _share_club(mate, athlete)]
        for activity in athlete.activities:
            post = Post(activity.activity_id, athlete.partition, activity.name, activity.start_date, clubs)
            for item in (*post.items(), *_reactions(activity, mates)):
                store.put_if_absent(item)


def _seed_clubs(store: Store, athletes: Sequence[DemoAthlete]) -> None:
    for club in _DEMO_CLUBS:
        doc = {
            "id": club.id,
            "name": club.name,
            "sport_type": club.sport_type,
            "city": club.city,
            "country": "Germany",
            "private": club.private,
            "member_count": club.others + len(club.members),
        }
        store.put_if_absent(Item(CLUBS, f"CLUB#{club.id}", doc))
        for athlete in athletes:
            if athlete.username in club.members:
                store.put_if_absent(Item(athlete.partition, f"CLUB#{club.id}", {"membership": "member"}))


def _share_club(one: DemoAthlete, other: DemoAthlete) -> bool:
    return any({one.username, other.username} <= set(club.members) for club in _DEMO_CLUBS)


def _reactions(activity: DemoActivity, mates: Sequence[DemoAthlete]) -> list[Item]:
    items: list[Item] = []
    for mate in mates:
        chance = random.Random(f"{activity.activity_id} {mate.username}")  # noqa: S311 - scenery, not a secret
        name = mate.username.capitalize()
        later = activity.start_date + timedelta(hours=chance.uniform(2, 30))
        if chance.random() < _KUDOS_SHARE:
            items.append(kudos_item(activity.activity_id, mate.partition, name, later))
        if chance.random() < _COMMENT_SHARE:
            comment_id = f"demo-{mate.username}-{activity.activity_id}"
            items.append(comment_item(activity.activity_id, comment_id, name, chance.choice(_COMMENTS), later))
    return items
