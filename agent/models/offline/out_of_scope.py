"""What the offline coach must not or cannot answer, and how such a question is told from the others.

A false alarm about symptoms is better than a miss: they are looked for in the whole line, before everything else.
"""

import re

from agent.models.offline.dates import names_no_real_day
from agent.models.offline.other_people import asks_about_others
from agent.models.offline.vocabulary import negated_without_opposite

SYMPTOMS = "symptoms"
NOT_UNDERSTOOD = "not understood"
_ACHE = r"(?:pain(?:s|ful)?|pressure|tight(?:ness)?|hurt(?:s|ing)?|ache[sd]?|aching|discomfort|burning|stabbing)"
_WHERE = r"(?:chest|heart(?! rate)|jaw|left arm)"
_SYMPTOMS = re.compile(
    rf"\b(?:{_WHERE}\W+(?:\w+\W+){{0,3}}?{_ACHE}|{_ACHE}\W+(?:\w+\W+){{0,4}}?{_WHERE}"
    r"|faint(?:ed|ing)?|collapsed?|passed out|blacked out|palpitations?|diz+(?:y|iness)|light-?headed"
    r"|(?:can'?t|cannot|could(?:n'?t| not)|hardly|barely|trouble|struggl\w+ to) breath\w*"
    r"|(?:short(?:ness)?|out) of breath|breathless(?:ness)?"
    r"|heart attack|stroke symptoms|numb(?:ness)? (?:\w+ ){0,3}(?:arm|face|leg)"
    r"|(?:arm|face|leg) (?:\w+ )?(?:is |went )?numb"
    r"|heart (?:is |was |has been |keeps )?(?:racing|pounding|skipp\w+|flutter\w+|irregular)"
    r"|irregular (?:heart ?beat|pulse)"
    r"|skipped (?:a )?beats?)\b"
)
_REASONS: tuple[tuple[str, str], ...] = (
    (
        r"injur(?:y|ed|ies)|pain(?:s|ful)?|hurts?|sore|doctor|medicine|medication|ill|sick|fever|sprain(?:ed)?",
        "health",
    ),
    (r"(?:unusual|extreme|constant|severe|chronic|always) (?:fatigued?|tired|tiredness|exhaust\w*)", "health"),
    (r"calori(?:e|es) (?:did|have) i|burn(?:ed|t)?|kcal", "measures"),
    (r"diet|calori(?:e|es)|eat(?:ing)?|nutrition|weight|supplements?|protein|carbs", "nutrition"),
    (r"training plan|plan (?:my|me|a|for)|make (?:me )?a plan|workouts? for|taper", "plans"),
    (r"should i (?:run|ride|train|rest|do)", "sessions"),
    (r"predict(?:ion|ed)?|race time|how fast (?:can|could|will) i|can i (?:run|ride|finish|do|manage)", "predictions"),
    (r"forecast|weather\b.*\b(?:tomorrow|next|today|now|outside|weekend)|what'?s the weather", "forecast"),
    (r"(?:will it|going to) (?:rain|snow|be)|how is the weather", "forecast"),
    (r"tomorrow|next (?:week|month|year|run|ride|weekend)|will i", "future"),
    (r"pay(?:ment|ments|ing)?|premium|subscri(?:be|ption)\w*|refund|invoice|billing|upgrade|price|buy", "payments"),
    (r"snow(?:s|y|ing|ed)?|ic[ey]|fog(?:gy)?|sun(?:ny|shine)?|cloud(?:s|y)?|thunder\w*|storm(?:s|y)?|hail", "weather"),
    (r"(?:bad|good|nice|terrible|awful|lovely|great|perfect|harsh) (?:weather|conditions)", "which weather"),
    (r"power|watts?|ftp|vo2 ?max|vo2|cadence|hrv|resting heart rate|sleep|steps", "measures"),
    (r"splits|split times?|laps?|(?<!time )zones?", "which activity"),
    (r"hilliest|steepest|flattest|hottest|coldest|wettest|windiest|hardest|easiest", "ranking"),
    (r"rest days?|(?:last|my|a) rest|how many days|streaks?|days off", "days"),
    (r"mornings?|evenings?|afternoons?|lunch|breakfast|noon|midnight|at night|after work|before work", "hours"),
    (r"weekends?|weekdays|(?:mon|tues|wednes|thurs|fri|satur|sun)days", "hours"),
    (r"(?:safe|dangerous|healthy|unhealthy|risky) (?:to|for)", "safety"),
    (r"christmas|xmas|easter|halloween|new year'?s|birthday|holidays?|vacation", "holidays"),
    (
        r"(?:good|normal|healthy|ideal|safe|dangerous|right|target|recommended) (?:average |max(?:imum)? )?heart rate",
        "judgement",
    ),
    (r"heart rate (?:is )?(?:too|normal|ok(?:ay)?|healthy|dangerous|safe|good|bad)", "judgement"),
    (r"races?|intervals?|tempo|recovery runs?|long runs?|easy runs?", "kinds"),
    (r"(?:best|worst) (?:run|ride|walk|hike|swim|activity|workout)", "best"),
    (r"(?:fastest|quickest|best) (?:\d+(?:[.,]\d+)? ?(?:km?|mi(?:les?)?)|mile|half(?: marathon)?|marathon)", "efforts"),
    (r"personal (?:best|record)s?|pbs?|prs?", "efforts"),
)
_GREETING = re.compile(r"\bgood (?:morning|evening|afternoon)\b")
_CHANGES = re.compile(
    r"^(?:please )?(?:(?:can|could|would) you )?(?:please )?"
    r"(?:delete|remove|edit|rename|change|modify|hide|merge|update|set|join|leave|follow|unfollow|close|reopen|cancel|book|schedule)\b"
)


def out_of_scope(text: str, rest: str) -> str | None:
    """Why a question cannot be answered.

    Args:
        text: Normalised.
        rest: The same without the words that name spans of time.

    Returns:
        A reason that the answers know, `excludes NAME` for a kind of weather that cannot be left out, or None.
    """
    if has_symptoms(text):
        return SYMPTOMS
    if names_no_real_day(text):
        return "no such day"
    rest = _GREETING.sub(" ", rest)
    if asks_about_others(text):
        return "others"
    if _CHANGES.search(text):
        return "changes"
    for pattern, reason in _REASONS:
        if re.search(rf"\b(?:{pattern})\b", text if reason in {"forecast", "future"} else rest):
            return reason
    excluded = negated_without_opposite(rest)
    return f"excludes {excluded}" if excluded else None


def has_symptoms(text: str) -> bool:
    """Whether a normalised line mentions what needs a doctor or an ambulance before it needs an answer."""
    return _SYMPTOMS.search(text) is not None
