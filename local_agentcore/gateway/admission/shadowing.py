"""A tool that speaks of another team's tool, or goes by its name, could steer what a model does with that one."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")


class OtherTools:
    """The names of all tools of all targets, to look for in what each of them says.

    Args:
        names: (target, own name) of each.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._targets: dict[str, set[str]] = {}
        for target, own_name in names:
            self._targets.setdefault(own_name.casefold(), set()).add(target)

    def objection(self, target: str, own_name: str, document: Mapping[str, Any], first: Collection[str]) -> str | None:
        """Why the tool may not stand beside the others; None if it may.

        Args:
            target: Whose it is.
            own_name: As the target names it.
            document: Its entry in `tools/list`.
            first: Targets that come before this one: theirs is a name that both want.
        """
        if not self._of_others(own_name, target).isdisjoint(first):
            return "another target has a tool of this name"
        spoken = {word for text in _said(document) for word in _WORD.findall(text)}
        named = [word for word in spoken if self._of_others(word.rpartition("___")[2], target)]
        # A name that is an ordinary word ("search") may stand in any sentence.
        if any("_" in word or "-" in word for word in named):
            return "it speaks of another target's tool"
        return None

    def _of_others(self, own_name: str, target: str) -> set[str]:
        return self._targets.get(own_name.casefold(), set()) - {target}


def _said(value: Any) -> Iterable[str]:
    """The texts that a model reads as words: titles and descriptions."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in {"description", "title"} and isinstance(each, str):
                yield each
            else:
                yield from _said(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _said(each)
