"""What the socials API takes and answers. Of another athlete it says the display name and nothing more."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_COMMENT = 1000


def plain_text(text: str) -> str:
    """Drops control and formatting characters (bidirectional overrides too) and folds white space.

    Raises:
        ValueError: Nothing is left.
    """
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    folded = re.sub(r"\s+", " ", kept).strip()
    if not folded:
        raise ValueError("the text is empty")
    return folded


class Club(BaseModel):
    """A club of the caller."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    sport_type: str
    city: str
    country: str
    private: bool
    member_count: int
    membership: Literal["member", "pending"]


class ClubList(BaseModel):
    clubs: tuple[Club, ...]


class Kudo(BaseModel):
    model_config = ConfigDict(frozen=True)

    athlete: str


class Comment(BaseModel):
    """A comment; ``text`` was written by a person and is untrusted."""

    model_config = ConfigDict(frozen=True)

    id: str
    athlete: str
    text: str
    created_at: str


class ActivitySocial(BaseModel):
    """Everything others said about one activity."""

    activity_id: str
    kudos_count: int
    kudos: tuple[Kudo, ...]
    comments: tuple[Comment, ...]


class FeedEntry(BaseModel):
    """One of the athlete's own activities."""

    model_config = ConfigDict(frozen=True)

    activity_id: str
    name: str
    start_date: str
    kudos_count: int
    comment_count: int


class Feed(BaseModel):
    activities: tuple[FeedEntry, ...]


class KudosGiven(BaseModel):
    """``given`` is False when the athlete had given kudos before, and for a dry run."""

    activity_id: str
    given: bool
    kudos_count: int
    dry_run: bool


class CommentDraft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_COMMENT), AfterValidator(plain_text)]


class CommentAdded(BaseModel):
    """The comment; without ``id`` and ``created_at`` for a dry run."""

    activity_id: str
    id: str | None
    athlete: str
    text: str
    created_at: str | None
    dry_run: bool
