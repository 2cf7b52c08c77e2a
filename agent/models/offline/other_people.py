"""Whose activities a line is about: only the athlete's own can be read, given kudos or commented.

A question is refused where it names somebody else. A write is refused unless what it names is the athlete's own, since
a name that was not recognised would otherwise be praised, or commented, on an activity of the athlete.
"""

import re

_WORD = r"[^\W\d_]+"
_OWN = (
    r"what|who|how|where|when|why|it|that|there|here|let|today|yesterday|tonight|week|weekend|month|year|day|morning|"
    r"evening|afternoon|spring|summer|autumn|winter|season|strava|garmin|coach|one|athlete|watch|"
    r"activity|workout|session|run|ride|walk|hike|swim|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december"
)
#: What may follow "kudos to" or "comment on" where the athlete's own activity is meant.
_OWN_TARGETS = (
    rf"(?:{_OWN})s?|activities|my|mine|our|ours|me|myself|i|we|you|u|it|the|this|these|those|them|they|a|an|all|each|"
    r"every|both|any|most|very|last|latest|newest|recent|previous|first|earliest|oldest|longest|furthest|farthest|"
    r"shortest|fastest|quickest|slowest|biggest|long|bike|foot|time|distance|kudos|which|whom|not|trail|gravel|"
    r"mountain|virtual|\w+ing"
)
_POSSESSOR = rf"(?<!\w)(?!(?:{_OWN})s?')(?:{_WORD}'s|{_WORD}s'|his|her|their)(?!\w)"
_RECORDED = (
    r"(?:runs?|rides?|walks?|hikes?|swims?|activit(?:y|ies)|workouts?|sessions?|heart rate|pace|speed|distance|profile"
    r"|tickets?|data|training|stats|totals?|clubs?|kudos|load|form|fitness|splits?|laps?|zones?|efforts?|bests?"
    r"|records?|pbs?|prs?|times?|\d+ ?k(?:m|ms)?|miles?|(?:half[- ])?marathons?)"
)
_BETWEEN = r"(?:(?!(?:my|i|me|the|a|an|in|on|of|and|with|for|is|was|did|do)\b)[\w.-]+ ){0,4}"
_DONE = (
    r"(?:run|ran|ride|rode|ridden|cycled?|walk(?:ed)?|hiked?|swim|swam|swum|train(?:ed)?|climb(?:ed)?|do|done|go|gone"
    r"|get|got|cover(?:ed)?)"
)
_NOT_PEOPLE = r"people|others|someone|somebody|anyone|anybody|everyone|rain|heat|wind|weather|runs|rides|walks|hikes"
_OTHERS = re.compile(
    rf"{_POSSESSOR} {_BETWEEN}{_RECORDED}\b"
    rf"|\b(?:did|does|has|have) (?!(?:{_OWN_TARGETS}|{_NOT_PEOPLE})\b){_WORD} "
    rf"(?:(?:last|ever|really|already) )?{_DONE}\b"
    rf"|\b(?:kudos|comments?|commented) (?:to|for|on|under) (?!(?:{_OWN_TARGETS})\b){_WORD}"
    r"|\bwho(?:'s| is| are) (?:the )?(?:fastest|slowest|best|strongest)\b"
    r"|\bhow does (?!it\b|that\b|this\b)\w+ compare\b"
)
_WRITTEN_TO_OTHERS = re.compile(
    rf"{_POSSESSOR}"
    rf"|\b(?:to|on|under|for|of|by|from) (?!(?:{_OWN_TARGETS})\b){_WORD}"
    rf"|\b(?:give|send) (?!(?:{_OWN_TARGETS}|some|many|lots|big|more|another)\b){_WORD}"
    r"|\b(?:friend|buddy|mate|wife|husband|partner|brother|sister|son|daughter|colleague|teammate)s?\b"
)


def asks_about_others(words: str) -> bool:
    """Whether a question is about somebody else's activities; `words` are in lower case, with straight quotes."""
    return _OTHERS.search(words) is not None


def writes_to_others(words: str) -> bool:
    """Whether kudos or a comment, without its text, would go to anything but the athlete's own activities."""
    return _WRITTEN_TO_OTHERS.search(words) is not None or asks_about_others(words)
