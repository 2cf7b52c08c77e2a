"""Recognises greetings, and questions for the help pages: how to do something, what a word means, what fails."""

import re

from agent.models.offline import free_text
from agent.models.offline.reading import Reading
from agent.models.offline.request import Request

_HELP = (
    r"^(?:how (?:do|can|to|does|should) (?!\w+ compare|i (?:compare|perform|run|ride|walk|hike|swim|do|improve"
    r"|change (?:my |the )?training|get (?:better|faster|fitter))\b|my )"
    r"|where (?:do|can) i (?:find|see|change|set)|what (?:does|do) .+ mean"
    r"|why (?:is|are|does|do|isn'?t|doesn'?t|can'?t|won'?t|did) )"
    r"|^how (?:is|are|was|were) .*\b"
    r"(?:computed|calculated|measured|counted|determined|defined|decided|stored|protected)\b"
    r"|^what(?:'s| is| are) (?:an? |the )?(?:verdicts?|(?:weather )?bands?|no detectable change|not enough data"
    r"|privacy zones?|(?:confidence )?interval|elevation gain|moving time|kudos|cadence lock|heat effect"
    r"|(?:cold|cool|mild|warm|hot|humid|wet|dry|windy)(?: day| run| ride)?)[\s?!.]*$"
    r"|\bdo you (?:store|save|keep|share|sell)\b"
    r"|^(?:please |can you |could you |can i |i want to )*(?:import|upload|export|download|back ?up|sync)\b"
    r"|\bhelp (?:with|about|me with|pages?|articles?|centre|center)\b|\bfaq\b"
    r"|\bprivacy\b|\bprivate\b|\bdata (?:do you|does the coach|is stored)\b|\bmy data\b"
    r"|\b(?:problem|trouble|issue|error)s? (?:with|when|while)\b"
    r"|(?:n't|\b(?:not|cannot)) (?:\w+ )?(?:sync|upload|import|work|load|connect)\w*\b"
    r"|\bprivacy zones?\b|\bsearch (?:the )?(?:help|support)\b"
)
_CAPABILITIES = (
    r"^(?:hi|hello|hey|good (?:morning|evening|afternoon)|thanks?|thank you|help|what can you do|who are you"
    r"|what are you)\b[\s!.?,]*"
    r"(?:coach|there|very much|for me)?[\s!.?]*$|\bwhat (?:can|could) (?:you|i ask)\b"
)


def capabilities(reading: Reading) -> Request | None:
    """A greeting, thanks, or what the coach can do."""
    if re.search(r"^(?:thanks?|thank you|cheers)\b[\s\w]{0,20}[!.]*$", reading.text):
        return Request("capabilities", text="thanks")
    return Request("capabilities") if not reading.text.strip() or re.search(_CAPABILITIES, reading.text) else None


def asks_for_help(reading: Reading) -> bool:
    """Whether the help pages are the place to look."""
    return re.search(_HELP, reading.text) is not None


def help_wanted(reading: Reading) -> Request | None:
    """The search of the help pages that a question asks for."""
    return Request("help", text=free_text.help_query(reading.original)) if asks_for_help(reading) else None
