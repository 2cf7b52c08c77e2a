"""Lexical search over the help articles with Okapi BM25 (Robertson and Zaragoza 2009, eq. 3.15)."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from apis.support.help_articles import Section
from apis.support.models import Passage

_K1, _B = 1.2, 0.75  # the usual values
_HEADING_WEIGHT = 3  # a word of the heading counts as three of the text
_STOP_WORDS = frozenset({
    "a", "about", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "have", "how",
    "i", "in", "is", "it", "me", "my", "no", "not", "of", "on", "or", "that", "the", "there", "this", "to", "was", "we",
    "what", "when", "where", "which", "who", "why", "will", "with", "you", "your",
})  # fmt: skip
_SYNONYMS = {
    "hr": "heart", "pulse": "heart", "bpm": "heart", "rain": "wet", "rainy": "wet", "raining": "wet",
    "temperature": "weather", "upload": "import", "login": "sign", "logout": "disconnect", "fitter": "improving",
    "progress": "improving", "getting": "improving", "elevation": "climb", "garmin": "watch", "broken": "damage",
    "corrupt": "damage", "gdpr": "privacy", "revoke": "disconnect", "permission": "consent",
}  # fmt: skip
_SUFFIXES = ("ing", "ed", "es", "s", "d", "e")
_SHORTEST_STEM = 4


class HelpIndex:
    """An index over all passages, built once."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        self._counts = [_weighted(one) for one in sections]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean_length = sum(self._lengths) / len(sections)
        self._spread = Counter(term for counts in self._counts for term in counts)

    def search(self, query: str, limit: int) -> list[Passage]:
        """Returns the best passages, best first; none if no word of the query occurs."""
        wanted = set(terms(query))
        scored = [(self._score(wanted, i), section) for i, section in enumerate(self._sections)]
        best = sorted((one for one in scored if one[0] > 0), key=lambda one: (-one[0], one[1].title))
        return [
            Passage(article_id=section.article_id, title=section.title, text=section.text, score=round(score, 3))
            for score, section in best[:limit]
        ]

    def _score(self, wanted: set[str], index: int) -> float:
        counts = self._counts[index]
        norm = _K1 * (1 - _B + _B * self._lengths[index] / self._mean_length)
        return sum(
            self._rarity(term) * counts[term] * (_K1 + 1) / (counts[term] + norm) for term in wanted if counts[term]
        )

    def _rarity(self, term: str) -> float:
        found = self._spread[term]
        return math.log(1 + (len(self._sections) - found + 0.5) / (found + 0.5))


def _weighted(section: Section) -> Counter[str]:
    return Counter(terms(section.article) + _HEADING_WEIGHT * terms(section.heading) + terms(section.text))


def terms(text: str) -> list[str]:
    """Words of a text without stop words, synonyms joined, plain English endings cut."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return [_stem(_SYNONYMS.get(word, word)) for word in words if word not in _STOP_WORDS]


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            return word[: -len(suffix)]
    return word
