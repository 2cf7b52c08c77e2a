"""Wildcards and policy variables."""

import re
from collections.abc import Mapping
from functools import lru_cache

from deploy.errors import PolicyUnreadable

Context = Mapping[str, str | tuple[str, ...]]

_ARN_PARTS = 5  # colons before what the service names itself
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*": "\x00", "?": "\x01", "$": "\x02"}


def action_matches(pattern: str, action: str) -> bool:
    """Actions know no upper and lower case. `*` alone is all of them."""
    return bool(_compiled(pattern.lower()).fullmatch(action.lower()))


def resource_matches(pattern: str, resource: str) -> bool:
    """Each of the first parts of an ARN by itself: no `*` reaches over a colon there."""
    if pattern == "*":
        return True
    own, given = pattern.split(":", _ARN_PARTS), resource.split(":", _ARN_PARTS)
    if len(own) != len(given):
        return False
    return all(text_matches(part, other) for part, other in zip(own, given, strict=True))


def text_matches(pattern: str, text: str) -> bool:
    """`*` is any characters, `?` one; everything else is itself, in its own case."""
    return bool(_compiled(pattern).fullmatch(text))


def filled(pattern: str, context: Context) -> str | None:
    """The pattern with its policy variables, or None where one has no value: then nothing matches.

    Raises:
        PolicyUnreadable: A variable is not closed or stands for several values.
    """
    for name in _VARIABLE.findall(pattern):
        if name in _LITERALS:
            value: str | tuple[str, ...] | None = _LITERALS[name]
        else:
            value = lookup(context, name.partition(",")[0])
        if value is None:
            return None
        if not isinstance(value, str):
            raise PolicyUnreadable(f"{name} has several values")
        # What a variable stands for is itself: a star in it is a star.
        escaped = value if name in _LITERALS else value.replace("*", "\x00").replace("?", "\x01")
        pattern = pattern.replace(f"${{{name}}}", escaped)
    return pattern


def lookup(context: Context, key: str) -> str | tuple[str, ...] | None:
    """The value of a context key; names of keys know no upper and lower case."""
    return next((value for name, value in context.items() if name.lower() == key.lower()), None)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": ".", "\x00": r"\*", "\x01": r"\?", "\x02": r"\$"}
    return re.compile("".join(parts.get(character, re.escape(character)) for character in pattern), re.DOTALL)
