"""Recognises what is asked, or to be written, about kudos and comments."""

import re

from agent.models.offline import free_text
from agent.models.offline.reading import Reading, extreme_of, request_of
from agent.models.offline.request import Kind, Request

_GIVE_KUDOS = r"\bgive\b.*\bkudos\b|\bkudos to\b|\bsend kudos\b"
_ADD_COMMENT = r"\b(?:add|post|leave|write|put) (?:a |the |this |my )?comment\b|^(?:please |and |also )*comment\b(?!s)"
#: "Who gave kudos to my last run?" holds the words of a write, but asks.
_ASKS = r"^(?:and |so |but )*(?:who|whose|what|which|how|when|where|why|did|does|do|has|have|is|are|was|were|any)\b"
_MOST_NOTICED = r"\b(?:most|highest number of|more) (?:kudos|likes?|liked|comment(?:s|ed)?)\b"
_COMMENTS = r"\bcomment(?:s|ed)?\b|\b(?:say|said|wrote) (?:about|under|on)\b"


def social(reading: Reading) -> Request | None:
    """Kudos or a comment to be given, or a question about them; None if it is about neither."""
    if re.search(r"^(?:what (?:does|do)|how (?:do|does|can|to)) ", reading.text):
        return None  # a question about kudos and comments as such
    if not is_social_write(reading):
        return _noticed(reading)
    reading = reading.without_words(free_text.comment_text(reading.original))
    pointed = {"extreme": extreme_of(reading) or "last"}
    if not reading.says(_GIVE_KUDOS):
        return request_of("add_comment", reading, text=free_text.comment_text(reading.original), **pointed)
    if reading.sport or reading.says(r"\bmy\b|\bactivity\b|\bworkout\b") or _one_activity(reading):
        return request_of("give_kudos", reading, **pointed)
    return Request("unsupported", text="whom")


def _noticed(reading: Reading) -> Request | None:
    """Questions about kudos and comments: of one activity, of the recent ones, or which has the most."""
    about: Kind | None = "kudos" if reading.says(r"\bkudos\b|\blikes?\b|\bliked\b") else None
    about = about or ("comments" if reading.says(_COMMENTS) else None)
    if about is None:
        return Request("feed") if reading.says(r"\bfeed\b") else None
    if reading.says(_MOST_NOTICED):
        return request_of("feed", reading, text=f"most {about}")
    return request_of(about if _one_activity(reading) else "feed", reading, extreme=extreme_of(reading) or "last")


def is_social_write(reading: Reading) -> bool:
    """Whether kudos or a comment is to be given, rather than asked about."""
    return not re.search(_ASKS, reading.text) and reading.says(rf"{_GIVE_KUDOS}|{_ADD_COMMENT}")


def _one_activity(reading: Reading) -> bool:
    """Whether the question points at one activity rather than at many."""
    one_day = bool(reading.windows) and reading.windows[0].is_one_day
    return one_day or extreme_of(reading) is not None or reading.says(r"\b(?:it|that|this)\b")
