"""What an API answered, made fit for a model: every text of it is data (M12).

An API knows nothing of models, so whatever it says is fenced here, as the teams' servers fence the texts of others.
Answers of MCP servers go through as they came: they are streamed, and a server of ours has fenced them already; an
operator who adds a server of strangers accepts its words with it (decision 0022).

A document's own schema is kept. Where it closes what a text may be (a choice, a pattern, a format, a length), the
text stays bare or is cut, and only there: whatever would also be valid with a fence around it has one.
"""

from collections.abc import Iterator
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError

from identity.untrusted_text import fenced, plain
from local_agentcore.gateway.errors import TargetBroken

TEXT_LENGTH: Final = 2_000
NAME_LENGTH: Final = 120
_FENCE: Final = 2  # characters
# A schema in a schema: each round mends what the round before could not see.
_ROUNDS: Final = 8

Place = tuple[str | int, ...]


def quoted(document: Any, promised: Draft202012Validator | None) -> Any:
    """The document with every text fenced where its schema allows, without hidden characters everywhere.

    Args:
        document: JSON.
        promised: The schema of the answer; without one, every text is fenced.

    Raises:
        TargetBroken: A member's name is no plain text, or without hidden characters the document is not what its
            schema promises.
    """
    bare: set[Place] = set()
    limits: dict[Place, int] = {}
    for _ in range(_ROUNDS):
        found = _Quoting(bare, limits).of(document, ())
        wrong = [] if promised is None else list(_texts_at_fault(promised, found))
        if not wrong:
            break
        for error in wrong:
            place = tuple(error.absolute_path)
            if error.validator == "maxLength" and error.validator_value > _FENCE and place not in bare:
                # A text as long as it may be is cut, not let out of its fence.
                limits[place] = min(limits.get(place, TEXT_LENGTH), error.validator_value - _FENCE)
            else:
                bare.add(place)
    if promised is not None and not promised.is_valid(found):
        raise TargetBroken("not what its document promises")
    return found


class _Quoting:
    """Writes a document anew; `bare` places get no fence, `limits` cut what stands at a place."""

    def __init__(self, bare: set[Place], limits: dict[Place, int]) -> None:
        self._bare = bare
        self._limits = limits

    def of(self, document: Any, place: Place) -> Any:
        if isinstance(document, str):
            limit = self._limits.get(place, TEXT_LENGTH)
            return plain(document, limit) if place in self._bare or not document else fenced(document, limit)
        if isinstance(document, list):
            return [self.of(each, (*place, index)) for index, each in enumerate(document)]
        if isinstance(document, dict):
            return {_name(name): self.of(value, (*place, name)) for name, value in document.items()}
        return document


def _name(name: str) -> str:
    """A member's name, which no fence can stand around: what reads the document looks for it."""
    if plain(name, NAME_LENGTH) != name:
        raise TargetBroken("a member's name is no plain text")
    return name


def _texts_at_fault(promised: Draft202012Validator, document: Any) -> Iterator[ValidationError]:
    """The texts that break the promise, also inside the branches of a choice between schemas."""
    waiting = list(promised.iter_errors(document))
    while waiting:
        error = waiting.pop()
        if error.context:
            waiting.extend(error.context)
        elif isinstance(error.instance, str) and error.validator != "type":
            yield error
