"""JSON as security decisions need it: one meaning per text.

Python's parser keeps the last of two members with one name and accepts NaN; another parser on the way keeps the
first. Whoever decides on such a document decides on something else than whoever executes it. It also
reads halves of characters and numbers without bound (RFC 7493 §2.1, §2.2), which no database and no float can hold.
"""

import json
import math
import re
from typing import Any, NoReturn

from identity.errors import AmbiguousJson

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def loads(text: str | bytes) -> Any:
    """Parse JSON, refusing duplicate member names and the constants JSON does not have.

    Raises:
        AmbiguousJson: Not UTF-8, not JSON, nested too deeply, a duplicate member, NaN or Infinity, half of a surrogate
            pair, or a number that a double cannot hold.
    """
    try:
        # Not left to json, which also guesses UTF-16 and lets surrogates through.
        decoded = text if isinstance(text, str) else text.decode("utf-8")
        document = _DECODER.decode(decoded)
        if _HALF.search(decoded):
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except AmbiguousJson:
        raise
    except (ValueError, RecursionError) as error:
        raise AmbiguousJson("not JSON") from error
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise AmbiguousJson("a member name occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise AmbiguousJson(f"{name} is not JSON")


def _integer(digits: str) -> int:
    _finite(digits)
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise AmbiguousJson("a number is too large")
    return number


# Made once: with these hooks json.loads would make one for every text.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_finite
)
