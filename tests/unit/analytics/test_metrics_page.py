"""The page of metrics and the modules, held against each other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ANALYTICS = ROOT / "apis" / "activities" / "analytics"
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
NO_METRIC = {"__init__", "errors"}


def table_rows() -> list[list[str]]:
    rows = [line.strip().strip("|") for line in PAGE.splitlines() if line.startswith("|") and "---" not in line]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]


def named_modules() -> set[str]:
    """Modules in the second column of the tables."""
    return {name for row in table_rows() for name in re.findall(r"`([a-z_]+)`", row[1])}


def test_every_module_is_named_and_every_named_module_exists() -> None:
    assert named_modules() == {path.stem for path in ANALYTICS.glob("*.py")} - NO_METRIC


def test_every_metric_has_a_formula_a_source_and_a_check_value() -> None:
    metrics = [row for row in table_rows() if len(row) > 2]
    assert len(metrics) > 30
    assert [row for row in metrics if len(row) != 5 or not all(row)] == []


def test_every_module_with_a_formula_has_tests_of_its_name() -> None:
    formulas = {name for row in table_rows() if len(row) > 2 for name in re.findall(r"`([a-z_]+)`", row[1])}
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert formulas - tested == set()
