"""Names that pass for other names: letters of one alphabet that look like another's (A13).

A small table for the alphabets that resemble Latin, not the whole of Unicode's confusables (UTS #39): it raises a
caution on a page that already says who is asking; it is no wall.
"""

import unicodedata
from collections.abc import Iterable

from identity.web_pages.shown_text import readable

_LIKE_LATIN = str.maketrans(
    {
        **dict(zip("аеіјорсухѕһԁԛԝкмтвнгѵ", "aeijopcyxshdqwkmtbhrv", strict=True)),  # Cyrillic
        **dict(zip("αεικνορτυχωϲϳβη", "aeikvoptuxwcjbn", strict=True)),  # Greek
        **dict(zip("օոսցհյ", "onughj", strict=True)),  # Armenian
        **dict(zip("01|!", "olll", strict=True)),
        "ı": "i",  # noqa: RUF001  # dotless
        "ł": "l",
        "ø": "o",
        "đ": "d",
    }
)
_LETTERS_ALONE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET"}


def mixes_alphabets(text: str) -> bool:
    """Whether letters of two alphabets with lookalikes stand in one name."""
    scripts = {_script(char) for char in readable(text) if char.isalpha()}
    return len(scripts & _LETTERS_ALONE) > 1


def resembled(name: str, known: Iterable[str]) -> str | None:
    """The known name that a name would be taken for, if there is one."""
    skeleton = _skeleton(name)
    return next((other for other in known if _skeleton(other) and _skeleton(other) in skeleton), None)


def _skeleton(text: str) -> str:
    """What a hurried reader sees: small letters without accents, each in its Latin shape."""
    plain = unicodedata.normalize("NFKD", readable(text).casefold()).translate(_LIKE_LATIN)
    letters = "".join(char for char in plain if char.isalnum())
    return letters.replace("rn", "m").replace("vv", "w").replace("l", "i")


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]
