"""One line of Strava's `activities.csv`, read by column name and occurrence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apis.activities.formats.export_columns import Columns
from apis.activities.formats.export_values import decimal_number


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line; `cut` where the file ends inside it."""

    cells: Sequence[str]
    columns: Columns
    line: int
    cut: bool = False

    def as_the_last(self) -> "Row":
        """The row at the end of a file without a line end: if cells are missing, its last one may be half a cell."""
        if len(self.cells) >= self.columns.width:
            return self
        return replace(self, cells=self.cells[:-1], cut=True)

    def text(self, name: str, nth: int = 1) -> str | None:
        at = self.columns.positions.get((name, nth))
        cell = self.cells[at].strip() if at is not None and at < len(self.cells) else ""
        return cell or None

    def number(self, name: str, nth: int = 1) -> float | None:
        return decimal_number(self.text(name, nth))

    def positive(self, name: str, nth: int = 1) -> float | None:
        """A number above 0: Strava writes 0 where it knows nothing."""
        value = self.number(name, nth)
        return value if value and value > 0 else None

    def within(self, name: str, nth: int = 1, *, most: float) -> float | None:
        """A number above 0 and no larger than any activity has."""
        value = self.positive(name, nth)
        return value if value is not None and value <= most else None

    def flag(self, name: str, nth: int = 1) -> bool:
        return (self.text(name, nth) or "").casefold() in {"true", "1", "1.0"}
