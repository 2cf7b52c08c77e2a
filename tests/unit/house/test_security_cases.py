"""The catalogue of security cases and the tests that carry their ids, held against each other."""

import re
from pathlib import Path

from tests.support.bad_tokens import BATTERY

TESTS = Path(__file__).parents[2]
MARK = re.compile(r"""mark\.case\(\s*["']([A-Z]\d\d)["']""")
# How far the catalogue goes in each family.
CATALOGUE = {"N": 56, "P": 17, "A": 20, "K": 21, "X": 15, "V": 30, "M": 18, "S": 12, "R": 12, "I": 9, "W": 6}
REQUIRED = {
    *(f"N{number:02d}" for number in range(1, 52)),
    *("A01", "A04", "A05", "I05", "K01", "K06", "K11", "R02", "R03"),
    *("S03", "S06", "S07", "S08", "S12", "V08", "V12", "V13"),
    *("N52", "V03", "V17", "X12"),
    *("X01", "X02", "X03", "X04", "X05", "X08", "X10", "X14", "X15"),
}


def marked() -> set[str]:
    found = {case for path in TESTS.rglob("test_*.py") for case in MARK.findall(path.read_text("utf-8"))}
    return found | {case for case, _, _ in BATTERY}


def test_every_required_case_has_a_test() -> None:
    assert REQUIRED - marked() == set()


def test_every_marked_case_is_in_the_catalogue() -> None:
    known = {f"{family}{number:02d}" for family, last in CATALOGUE.items() for number in range(1, last + 1)}
    assert marked() - known == set()
