from typing import Literal

import pytest

from benchmarks.__main__ import main
from benchmarks.figures import Figure, median_ratio, rounds_s


@pytest.mark.parametrize(
    ("ratio", "limit", "side", "says"),
    [
        (1.5, 1.5, "at most", "page: 1.50 (at most 1.5: within)"),
        (1.51, 1.5, "at most", "page: 1.51 (at most 1.5: BEYOND)"),
        (0.6, 0.6, "at least", "page: 0.60 (at least 0.6: within)"),
        (0.59, 0.6, "at least", "page: 0.59 (at least 0.6: BEYOND)"),
    ],
)
def test_a_figure_says_whether_its_limit_is_kept(
    ratio: float, limit: float, side: Literal["at most", "at least"], says: str
) -> None:
    assert str(Figure("page", ratio, limit, side)) == says


def test_calls_are_made_in_turn_after_one_of_each_that_does_not_count() -> None:
    made: list[str] = []
    calls = {"a": lambda: made.append("a"), "b": lambda: made.append("b")}

    spent = rounds_s(calls, {"a": 2, "b": 1}, rounds=2)

    assert made == [*"ab", *"aab", *"aab"]
    assert {name: len(each) for name, each in spent.items()} == {"a": 2, "b": 2}


def test_a_ratio_is_taken_within_each_round() -> None:
    assert median_ratio([1.0, 8.0, 3.0], [1.0, 2.0, 1.0]) == 3.0


def test_a_case_prints_its_figures_with_their_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import_files", "--files", "1"]) == 0

    printed = capsys.readouterr().out
    assert printed.startswith("import_files: 1 runs of 30 min at 1 s: files a second of processor time imported (")
    assert " (at least 0.6: " in printed


def test_a_case_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["charm"])
    assert "invalid choice" in capsys.readouterr().err
