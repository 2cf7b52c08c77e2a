"""Which arguments of a call its policies look at: two calls that agree in those are decided alike."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Json = Any
INPUT: Final = {".": {"left": {"Var": "context"}, "attr": "input"}}
CONTEXT: Final = {"Var": "context"}


def arguments_read(bodies: Iterable[Mapping[str, Json]]) -> frozenset[str] | None:
    """Members of `context.input` that occur in these policies.

    Args:
        bodies: In Cedar's JSON form, in which every expression stands for itself.

    Returns:
        None if the context is used in any other way than `context.input.NAME` and `context.input has NAME`: then all
        of it counts.
    """
    names: set[str] = set()
    for found in _uses(list(bodies)):
        if found is None:
            return None
        names.add(found)
    return frozenset(names)


def _uses(node: Json) -> Iterator[str | None]:
    if node == CONTEXT:
        yield None
        return
    name = _member(node)
    if name is not None:
        yield name
        return
    for inner in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _uses(inner)


def _member(node: Json) -> str | None:
    """NAME if this is `context.input.NAME` or `context.input has NAME`."""
    if not isinstance(node, Mapping) or len(node) != 1:
        return None
    inner = node.get(".", node.get("has"))
    if not isinstance(inner, Mapping) or inner.keys() != {"left", "attr"} or inner["left"] != INPUT:
        return None
    return inner["attr"] if isinstance(inner["attr"], str) else None
