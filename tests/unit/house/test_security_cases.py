"""The catalogue of security cases and the tests that carry their ids, held against each other."""

import re
from pathlib import Path

from tests.support.bad_tokens import BATTERY

TESTS = Path(__file__).parents[2]
MARK = re.compile(r"""mark\.case\(\s*["']([A-Z]\d\d)["']""")
# How far the catalogue goes in each family.
CATALOGUE = {"N": 56, "P": 17, "A": 20, "K": 21, "X": 15, "V": 30, "M": 18, "S": 12, "R": 12, "I": 9, "W": 6}
# What is built owns these: all of its families, and of the others those that concern tokens, keys and loopback.
REQUIRED = {
    *(f"{family}{number:02d}" for family in "NPAKXVMSW" for number in range(1, CATALOGUE[family] + 1)),
    *("R01", "R02", "R03", "R04", "R05", "R06", "R07", "I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09"),
}
THREAT_MODEL = TESTS.parent / "docs" / "threat-model.md"
ARGUED_AWAY = "## Argued away"


def argued_away() -> set[str]:
    """The cases that the threat model says need no test here, with its reason in the same row."""
    section = THREAT_MODEL.read_text("utf-8").partition(ARGUED_AWAY)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-Z]\d\d) \| (.+) \|$", section, re.MULTILINE)
    return {case for case, reason in rows if reason.strip()}


def marked() -> set[str]:
    found = {case for path in TESTS.rglob("test_*.py") for case in MARK.findall(path.read_text("utf-8"))}
    return found | {case for case, _, _ in BATTERY}


def test_every_required_case_has_a_test_or_a_reason_in_the_threat_model() -> None:
    assert REQUIRED - marked() - argued_away() == set()


def test_no_case_is_argued_away_that_has_a_test() -> None:
    assert argued_away() & marked() == set()


def test_every_marked_case_is_in_the_catalogue() -> None:
    known = {f"{family}{number:02d}" for family, last in CATALOGUE.items() for number in range(1, last + 1)}
    assert marked() - known == set()
