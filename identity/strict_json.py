"""JSON as security decisions need it: one meaning per text.

Python's parser keeps the last of two members with one name and accepts NaN; another parser on the way keeps the
first. Whoever decides on such a document decides on something else than whoever executes it.
"""

import json
from typing import Any, NoReturn

from identity.errors import AmbiguousJson


def loads(text: str | bytes) -> Any:
    """Parse JSON, refusing duplicate member names and the constants JSON does not have.

    Raises:
        AmbiguousJson: Not UTF-8, not JSON, nested too deeply, a duplicate member, NaN or Infinity.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except AmbiguousJson:
        raise
    except (ValueError, RecursionError) as error:
        raise AmbiguousJson("not JSON") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise AmbiguousJson("a member name occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise AmbiguousJson(f"{name} is not JSON")
