"""Finds tools by words: BM25 over names, descriptions and parameters. No model; the same answer every time."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from local_agentcore.gateway.tools import GatewayTool

MOST_FOUND = 10
LONGEST_QUERY = 1000
# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.
K1 = 1.2
B = 0.75
NAME_WEIGHT = 3  # a word of the name says more than one of the description
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ENDINGS = ("ies", "ing", "es", "ed", "s")


class ToolSearch:
    """An index over the tools of one manifest.

    Args:
        tools: All of them; whom a caller may see is asked at each search.
    """

    def __init__(self, tools: Sequence[GatewayTool]) -> None:
        self._tools = tuple(tools)
        self._counts = [Counter(_words_of(tool)) for tool in tools]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._average = sum(self._lengths) / max(len(self._lengths), 1)
        self._holding = Counter(word for counts in self._counts for word in counts)

    def find(self, query: str, visible: Callable[[GatewayTool], bool]) -> list[GatewayTool]:
        """The tools that fit best, best first; none that shares no word with the query.

        Args:
            query: Words, in any order.
            visible: Whether this caller may see a tool.
        """
        words = set(_words(query[:LONGEST_QUERY]))
        scored = [(self._score(index, words), index) for index in range(len(self._tools))]
        best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
        found = (self._tools[index] for _, index in best)
        return [tool for tool in found if visible(tool)][:MOST_FOUND]

    def _score(self, index: int, words: set[str]) -> float:
        counts, relative = self._counts[index], self._lengths[index] / max(self._average, 1.0)
        score = 0.0
        for word in words & counts.keys():
            rarity = math.log(1 + (len(self._tools) - self._holding[word] + 0.5) / (self._holding[word] + 0.5))
            score += rarity * counts[word] * (K1 + 1) / (counts[word] + K1 * (1 - B + B * relative))
        return score


def _words_of(tool: GatewayTool) -> list[str]:
    document = tool.document
    words = _words(tool.name) * NAME_WEIGHT + _words(document.get("title")) + _words(document.get("description"))
    schema = document.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, parameter in (properties if isinstance(properties, dict) else {}).items():
        words += _words(name) + _words(parameter.get("description") if isinstance(parameter, dict) else None)
    return words


def _words(text: object) -> list[str]:
    if not isinstance(text, str):
        return []
    return [_stem(word.lower()) for word in _WORD.findall(_CAMEL.sub(" ", text))]


def _stem(word: str) -> str:
    """Plural and verb endings off; crude, but the same on both sides."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2:  # noqa: PLR2004 - a stem has three letters
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
