"""Several questions in one line: where one ends and the next begins."""

import re
from collections.abc import Sequence
from datetime import date

from agent.models.offline.intents import recognise
from agent.models.offline.out_of_scope import NOT_UNDERSTOOD, has_symptoms
from agent.models.offline.reading import read
from agent.models.offline.request import Kind, Request
from agent.models.offline.vocabulary import normalise

_SENTENCE_END = re.compile(r"(?<=[?!;])\s+|(?<=[a-zäöüß\d]{2}\.)\s+(?=[A-ZÄÖÜ])|\s*\n+\s*")
_CONJUNCTION = re.compile(r",?\s+and\s+(?:also\s+)?|,\s+(?=(?:also|plus)\s)", re.IGNORECASE)
_STARTS_A_QUESTION = re.compile(
    r"^(?:and |also |but |then |please |so |ok(?:ay)?,? |plus )*"
    r"(?:how|what|what's|whats|which|who|when|where|why|did|do|does|am|is|are|was|were|have|has|can|could|any|show|list|"
    r"find|suggest|give|compare|tell|open|create|report|add|comment|post)\b"
)
_WHOLE_CLAUSE = re.compile(
    r"\b(?:did|do|does|am|is|are|was|were|have|has|can|could|gave|liked|comment|commented|show|list|find|suggest|give|open|should|"
    r"create|tell|what's|whats|any)\b"
)
#: What follows belongs to the text that is to be written.
_WRITES: frozenset[Kind] = frozenset({"create_ticket", "add_comment"})
#: What follows an "and" belongs to it: "compare my longest and my fastest run".
_WHOLE = _WRITES | {"side_by_side"}


#: What a part may ask for by its name alone: "… and my clubs", "longest run; last ride".
_NAMED: frozenset[Kind] = frozenset({"clubs", "tickets", "feed", "profile", "recent", "extreme", "efforts"})
_OWN_THINGS: frozenset[Kind] = frozenset({"clubs", "tickets", "profile"})
_WITH_NUMBERS: frozenset[Kind] = frozenset({"totals", "breakdown", "trend", "compare", "share", "day"})
_POSSESSED = re.compile(r"^(?:and )?(?:also )?(?:my|the|any)\b")


def parts_of(line: str, today: date) -> list[str]:
    """The questions of a line, in order.

    Sentences that ask nothing stay with the question after them, because they may name its span of time; text that is
    to be written into a ticket or a comment stays whole.

    Args:
        line: As typed.
        today: Against which names of months and days are resolved.
    """
    if has_symptoms(normalise(line)):
        return [line]
    questions = [part for sentence in _sentences(line, today) for part in _halves(sentence, today)]
    return questions if len(questions) > 1 and all(_understood(part, today) for part in questions) else [line]


def _sentences(line: str, today: date) -> list[str]:
    gathered: list[str] = []
    waiting = ""
    listed = ";" in line
    pieces = [piece for piece in _SENTENCE_END.split(line.strip()) if piece.strip(" ?!.;,")]
    for position, piece in enumerate(pieces):
        sentence = f"{waiting} {piece}".strip()
        waiting = ""
        if _recognised(piece, today).kind in _WRITES:
            return [*gathered, " ".join([sentence, *pieces[position + 1 :]])]
        if not (_asks(piece) or (listed and _recognised(piece, today).kind in _NAMED)):
            waiting = sentence
        else:
            gathered.append(sentence)
    return [*gathered[:-1], f"{gathered[-1]} {waiting}".strip()] if gathered else [line]


def _asks(sentence: str) -> bool:
    return sentence.endswith("?") or _STARTS_A_QUESTION.search(normalise(sentence)) is not None


def _halves(sentence: str, today: date) -> Sequence[str]:
    """A sentence cut at its first "and" that has a question of its own on both sides."""
    if _recognised(sentence, today).kind in _WHOLE:
        return [sentence]
    for cut in _CONJUNCTION.finditer(sentence):
        left, right = sentence[: cut.start()], sentence[cut.end() :]
        if _both_ask(_recognised(left, today), _recognised(right, today), left, right):
            return [left, *_halves(f"and {right}", today)]
    return [sentence]


def _both_ask(left: Request, right: Request, left_words: str, right_words: str) -> bool:
    named = left.kind in _NAMED and right.kind in _NAMED and not left.kind == right.kind == "efforts"
    named = named or (left.kind in _WITH_NUMBERS and right.kind in _OWN_THINGS)
    if named and _POSSESSED.search(normalise(right_words).strip()):
        return True
    begins = _STARTS_A_QUESTION.search(normalise(right_words).strip()) is not None
    own = begins and _is_clause(left_words) and _is_clause(right_words)
    understood = not any(each.kind == "capabilities" or each.text == NOT_UNDERSTOOD for each in (left, right))
    # "what is my average heart rate, and am I improving?" is one question: the trend answers both
    return own and understood and (right.kind not in {"trend", "compare"} or left.kind == "load")


def _is_clause(words: str) -> bool:
    return _WHOLE_CLAUSE.search(normalise(words)) is not None


def _recognised(words: str, today: date) -> Request:
    return recognise(read(words, today))


def _understood(part: str, today: date) -> bool:
    """Whether a part says something by itself; a continuation such as "and the month before?" does."""
    request = _recognised(part, today)
    return request.text != NOT_UNDERSTOOD or re.match(r"\s*(?:and|what about|or|the)\b", part.lower()) is not None
