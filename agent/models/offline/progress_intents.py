"""Recognises questions about how training develops: its load, the trend of the heart rate, what to change."""

from agent.models.offline.out_of_scope import out_of_scope
from agent.models.offline.reading import Reading, request_of
from agent.models.offline.request import Request

_CHANGING = r"\b(?:improv|chang|develop|trend|better|worse|progress|declin)"
_LOAD = (
    r"\b(?:training|exercise|weekly|acute|chronic|total|recent) (?:work)?load\b|\b(?:my|much) (?:work)?load\b"
    r"|\btraining (?:stress|strain|balance)\b|\b(?:ctl|atl|tsb|trimp|hr ?tss|tss|acwr|monotony)\b"
    r"|\b(?:train(?:ed|ing)?|run(?:ning)?|rid(?:e|ing)|do(?:ing)?|exercis(?:e|ing)) (?:\w+ )?too (?:much|hard|often)\b"
    r"|\bhow hard (?:did|do|have|am) i (?:been )?train"
    r"|\bfatigued?\b|\bmy (?:current )?form\b(?! (?:for|to|of)\b)"
    r"|\bin (?:good |bad |top |great )?form\b(?! of\b)"
    r"|\b(?:polari[sz]ed|polari[sz]ation|intensity distribution)\b"
)
_OVERTRAINING = r"\bover-?(?:train|reach)\w*|\boverdo(?:ing|ne)?\b|\boverdid\b"
_PAPER = r"\b(?:fill(?:ed)?|submit(?:ted)?|sign(?:ed)?|send|sent|paper|online) "
_FITNESS = (
    r"\bhow fit\b|\bfitness (?:level|score|number|index)\b|\bfitness and (?:fatigue|form)\b"
    r"|^(?:what|how|show)\W.*\bmy (?:current )?fitness\b"
)
_TREND = (
    r"\bimprov\w*\b|\bfitter\b|\btrends?\b|\bprogress(?:ing|ed)?\b|\bfitness\b"
    r"|\bgetting (?:better|worse|faster|slower|fit|stronger)\b"
    r"|\bworsen\w*\b|\bdeclin(?:e|ing)\b|\bin (?:better|good) shape\b"
    r"|\b(?:heart[- ]?rate|pulse|hr)\b.*\b(?:drop(?:s|ping|ped)?|falls?|falling|fell"
    r"|(?:going|go|gone|went|coming|come) (?:down|up)"
    r"|ris(?:es?|ing|en)|lower|lowering|decreas\w+|increas\w+|getting (?:lower|higher)|chang(?:es?|ed|ing))\b"
)
_ADVICE = (
    r"\b(?:should|could|can|must|do) i (?:need to |have to )?change\b|\bshould (?:anything|something) change\b"
    r"|\bchange anything\b|\bwhat to change\b"
    r"|\bwhat (?:should|could|can|must) i (?:improve|adjust|do (?:differently|better))\b"
    r"|\bhow (?:can|could|should|do) i (?:improve|get (?:better|faster|fitter))\b"
)
#: Only where nothing follows: "what should I do before a race" is another question.
_WHAT_NOW = r"\bwhat (?:should|could|can|must) i do(?: now| about (?:it|that|this))?\W*$"
_ANY_CONDITION = r"\b(?:weather|conditions?)\b"
_ANSWERED = frozenset({None, "sessions"})


def says_trend(reading: Reading) -> bool:
    """Whether a question is about improvement, whatever else it asks."""
    return reading.says(_TREND)


def load(reading: Reading) -> Request | None:
    """A question about training load, fitness, fatigue and form."""
    overtraining = reading.says(_OVERTRAINING)
    fitness = reading.says(_FITNESS) and not reading.says(_CHANGING)
    if not (overtraining or fitness or reading.says(_LOAD)) or reading.says(_PAPER):
        return None
    if out_of_scope(reading.text, reading.rest) not in _ANSWERED:
        return None
    return request_of("load", reading, text="overtraining" if overtraining else "")


def advised_trend(reading: Reading) -> Request | None:
    """A question about what to change, with or without one about the trend."""
    if not (reading.says(_ADVICE) or _asks_what_now(reading)):
        return None
    return _trend(reading, "advice") if out_of_scope(reading.text, reading.rest) in _ANSWERED else None


def _asks_what_now(reading: Reading) -> bool:
    """Whether it ends with "what should I do?": a span of time after it would ask for a session."""
    plain = reading if not reading.windows or reading.windows[-1].end < reading.text.rfind(" i do") else None
    return plain is not None and reading.says(_WHAT_NOW)


def trend(reading: Reading) -> Request | None:
    """A question about improvement."""
    return _trend(reading, "") if says_trend(reading) else None


def _trend(reading: Reading, text: str) -> Request:
    every = not reading.weather and reading.says(_ANY_CONDITION)
    return request_of("trend", reading, text=text, group_by="weather" if every else None)
