"""What the socials tools return. Text written by others is fenced: data, never instructions."""

from typing import Any

from pydantic import field_validator

from mcp_servers.serving.results import TEXT_LENGTH, OpenOutput, Output, fenced, plain


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
        return fenced(athlete_name(value), 80)


class Comment(Output):
    id: str
    athlete: str
    text: str
    created_at: str

    @field_validator("athlete", mode="before")
    @classmethod
    def _fenced_name(cls, value: Any) -> str:
        return fenced(athlete_name(value), 80)

    @field_validator("text", mode="before")
    @classmethod
    def _fenced_text(cls, value: Any) -> Any:
        return fenced(value, TEXT_LENGTH) if isinstance(value, str) else value


class ActivitySocial(Output):
    activity_id: str
    kudos_count: int
    kudos: list[Kudo]
    comments: list[Comment]


class FeedItem(OpenOutput):
    activity_id: str
    kudos_count: int
    comment_count: int


class Feed(Output):
    activities: list[FeedItem]


class WriteReceipt(Output):
    """What a write did, or would do."""

    dry_run: bool
    activity_id: str
    text: str | None = None
    kudos_count: int | None = None
    comment_id: str | None = None


def athlete_name(value: Any) -> str:
    """A display name, whether the API gives a text or a summary athlete."""
    if isinstance(value, dict):
        return " ".join(str(value[part]) for part in ("name", "firstname", "lastname") if value.get(part))
    return str(value)
