"""Takes the athlete's own words out of a question: a comment, a ticket, search words for the help pages."""

import re

_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]")
_AFTER_COLON = re.compile(r":\s*(.+)$", re.DOTALL)
_COMMENT = re.compile(
    r"\bcomment\s+(?:saying\s+|that\s+(?:says\s+)?|with\s+)?(.+?)\s+(?:on|to|under)\s+(?:my|the|that|it|this)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_TICKET_LEAD = re.compile(
    r"^.*?\b(?:ticket|support|problem|bug|issue)\b\s*(?:for me\s*)?"
    r"(?:saying|about|because|that|with|for|to say|,|-)?\s*",
    re.IGNORECASE | re.DOTALL,
)
LONGEST_SUBJECT = 80
_FEWEST_WORDS = 2


def comment_text(original: str) -> str:
    """The text of a comment to be written; empty if the question holds none."""
    for pattern in (_QUOTED, _AFTER_COLON, _COMMENT):
        if match := pattern.search(original):
            return match[1].strip().strip("\"'“”")
    return ""


def without_comment(original: str) -> str:
    """The question without the text of the comment that it asks to write."""
    text = comment_text(original)
    return original.replace(text, " ", 1) if text else original


def ticket_description(original: str) -> str:
    """What a ticket should say; empty if the question only asks for a ticket."""
    for pattern in (_QUOTED, _AFTER_COLON):
        if match := pattern.search(original):
            return match[1].strip()
    if match := re.match(r"\s*(?:please\s+)?report\s+(?:that\s+)?(.+)$", original, re.IGNORECASE | re.DOTALL):
        return match[1].strip()
    text = _TICKET_LEAD.sub("", original, count=1).strip().rstrip(".?!")
    return text if len(text.split()) >= _FEWEST_WORDS else ""


def subject_of(description: str) -> str:
    """A subject line: the first sentence, cut at a word within 80 characters."""
    sentence = re.split(r"(?<=[.!?])\s|\n", description.strip(), maxsplit=1)[0].rstrip(".!?")
    if len(sentence) <= LONGEST_SUBJECT:
        return sentence[:1].upper() + sentence[1:]
    cut = sentence[:LONGEST_SUBJECT].rsplit(" ", 1)[0]
    return cut[:1].upper() + cut[1:]


def help_query(original: str) -> str:
    """Search words for the help pages: the question without its polite frame."""
    text = re.sub(
        r"^\s*(?:please\s+)?(?:can you\s+)?"
        r"(?:(?:search|look in|check|find)\s+(?:the\s+)?(?:help|faq|support)(?:\s+(?:pages|articles))?"
        r"|help(?:\s+me)?)\s*(?:for|about|with|on|:)?\s*",
        "",
        original,
        flags=re.IGNORECASE,
    )
    return (text or original).strip().rstrip("?!. ")
