"""What goes wrong with real files: each of it by its number, and the tests that show that it does not go wrong here.

A test carries `@pytest.mark.trap(22)`. This module holds the list and the tests against each other.
"""

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
MARK = re.compile(r"mark\.trap\(\s*(\d+)\s*\)")
TRAPS = {
    1: "a pause counted as running",
    2: "a mean of samples instead of one over time",
    3: "a missing heart rate as 0",
    4: "a dropout of the strap that halves the mean",
    5: "cadence lock",
    6: "spikes beyond 220",
    7: "the temperature of the wrist taken for weather",
    8: "a sum of raw altitude steps",
    9: "a satellite jump that adds kilometres",
    10: "missing altitude as 0",
    11: "drift of the barometer",
    12: "an indoor activity with a zone or weather of its own",
    13: "a date in UTC taken for local",
    14: "gap and fold of a clock change",
    15: "a run across midnight",
    16: "a FIT file without local time",
    17: "an offset in GPX taken for a zone",
    18: "time that goes back",
    19: "an instant that occurs twice",
    20: "chained FIT files",
    21: "multisport",
    22: "a truncated file",
    23: "a wrong checksum",
    24: "a broken second header",
    25: "developer fields",
    26: "an unknown sport",
    27: "a manual entry",
    28: "the same run from watch, phone and Strava",
    29: "a wrong extension, or gzip in gzip",
    30: "byte order marks, decimals of a locale, markup in headers",
    31: "column names that occur twice",
    32: "an archive that traverses, or a bomb",
    33: "an XML bomb",
    34: "a file of 0 bytes",
    35: "ids of 64 bits as floats",
    36: "a device's clock in 1989",
    37: "half or double cadence",
    38: "miles in the table",
    39: "a row without its file, a file without its row",
    40: "heart rate in `hr` messages only",
    41: "no heart rate in the session",
    42: "a pool swim without points",
    43: "a route imported as an activity",
    44: "dates in the future",
    45: "a huge file",
}


def marked() -> set[int]:
    return {int(number) for path in TESTS.rglob("test_*.py") for number in MARK.findall(path.read_text("utf-8"))}


def test_every_trap_has_a_test() -> None:
    assert {number: name for number, name in TRAPS.items() if number not in marked()} == {}


def test_every_marked_trap_is_in_the_list() -> None:
    assert marked() - set(TRAPS) == set()


def test_the_list_counts_from_1_to_45() -> None:
    assert sorted(TRAPS) == list(range(1, 46))
