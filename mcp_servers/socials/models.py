"""What the socials tools return. Text written by others is fenced: data, never instructions."""

from typing import Any

from pydantic import field_validator

from identity.untrusted_text import fenced, plain
from mcp_servers.serving.results import TEXT_LENGTH, Output


class Club(Output):
    id: str
    name: str
    sport_type: str | None = None
    city: str | None = None
    country: str | None = None
    member_count: int | None = None
    membership: str | None = None

    @field_validator("name", "city", "country", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return plain(value) if isinstance(value, str) else value


class Clubs(Output):
    clubs: list[Club]


class Kudo(Output):
    athlete: str

    @field_validator("athlete", mode="before")
    @classmethod
    def _fenced(cls, value: Any) -> str:
        return fenced(str(value), 80)


class Comment(Output):
    id: str
    athlete: str
    text: str
    created_at: str

    @field_validator("athlete", mode="before")
    @classmethod
    def _fenced_name(cls, value: Any) -> str:
        return fenced(str(value), 80)

    @field_validator("text", mode="before")
    @classmethod
    def _fenced_text(cls, value: Any) -> Any:
        return fenced(value, TEXT_LENGTH) if isinstance(value, str) else value


class ActivitySocial(Output):
    activity_id: str
    kudos_count: int
    kudos: list[Kudo]
    comments: list[Comment]


class FeedItem(Output):
    activity_id: str
    name: str | None = None
    start_date: str | None = None
    kudos_count: int
    comment_count: int

    @field_validator("name", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return plain(value) if isinstance(value, str) else value


class Feed(Output):
    activities: list[FeedItem]


class KudosReceipt(Output):
    """`given` is false for a dry run, and when the athlete had given kudos before."""

    activity_id: str
    given: bool
    kudos_count: int
    dry_run: bool


class CommentReceipt(Output):
    """The comment that was published or, without `id` and `created_at`, would be."""

    activity_id: str
    id: str | None
    text: str
    created_at: str | None
    dry_run: bool
