"""JSON that Python reads and that what comes after it cannot carry."""

import pytest

from identity.errors import AmbiguousJson
from identity.strict_json import loads


@pytest.mark.parametrize("text", [r'"\ud800"', r'{"sub": "maya\uDFFF"}', r'{"\udc00": 1}', r'[["\udc00\ud800"]]'])
def test_half_a_character_is_refused_wherever_it_stands(text: str) -> None:
    with pytest.raises(AmbiguousJson):
        loads(text)
    with pytest.raises(AmbiguousJson):
        loads(text.encode())


def test_a_character_that_is_written_as_two_halves_is_read() -> None:
    assert loads(r'{"name": "\ud83d\udeb4 \\ud800"}') == {"name": "\U0001f6b4 \\ud800"}


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1" + "0" * 400, '{"exp": -1' + "0" * 400 + "}"])
def test_a_number_beyond_what_a_double_holds_is_refused(text: str) -> None:
    with pytest.raises(AmbiguousJson):
        loads(text)


def test_numbers_that_a_double_holds_are_read_as_they_are() -> None:
    assert loads("[1700000000, 9007199254740993, 0.5, -1e300]") == [1_700_000_000, 9_007_199_254_740_993, 0.5, -1e300]


def test_bytes_are_utf_8_and_nothing_else() -> None:
    assert loads('"ä"'.encode()) == "ä"
    for encoded in ('"a"'.encode("utf-16"), '"a"'.encode("utf-16-le"), b'"\xed\xa0\x80"'):
        with pytest.raises(AmbiguousJson):
            loads(encoded)
