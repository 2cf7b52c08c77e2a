"""What became of every imported file."""

import json
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.terminal.plain_text import one_line

# Each file is sent alone, and a dry run stores nothing that the next one could be compared with.
NOT_COMPARED = "A dry run does not compare files with each other: the import merges copies of one activity."


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class UploadedItem(_Item):
    """One activity of one file, as the tool `upload_activities` reports it."""

    name: str
    status: Literal["imported", "merged", "rejected"]
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None


class UploadResult(_Item):
    """The structured result of `upload_activities`."""

    items: list[UploadedItem] = Field(default_factory=list)


class ReportItem(_Item):
    """One line of the report: a file, or one row of a table."""

    path: str
    status: Literal["imported", "merged", "rejected"]
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None


class ImportReport(BaseModel):
    """Counts and items of one `coach import`."""

    items: list[ReportItem] = Field(default_factory=list)

    def add(self, items: Iterable[ReportItem]) -> None:
        self.items.extend(items)

    def count(self, status: str) -> int:
        return sum(item.status == status for item in self.items)

    @property
    def partial(self) -> int:
        """Files of which only a part could be read, whatever their status."""
        return sum(item.partial for item in self.items)

    def json_line(self) -> str:
        """The `import_done` line."""
        document = {
            "type": "import_done",
            "imported": self.count("imported"),
            "merged": self.count("merged"),
            "partial": self.partial,
            "rejected": self.count("rejected"),
            "items": [item.model_dump() for item in self.items],
        }
        return json.dumps(document, separators=(",", ":"))

    def lines(self, *, dry_run: bool) -> list[str]:
        """For people: every file that is not whole, by name with what was saved of it, then the counts."""
        troubled = [_line(item, dry_run=dry_run) for item in self.items if item.partial or item.status == "rejected"]
        imported, merged = f"{self.count('imported')} imported", f"{self.count('merged')} merged"
        if dry_run:
            imported, merged = f"up to {self.count('imported')} would be imported", f"at least {merged}"
        counts = f"{imported}, {merged} with an activity that was there"
        said = f"{counts}, {self.partial} of them damaged or partial, {self.count('rejected')} rejected"
        return [*troubled, said, *([NOT_COMPARED] if dry_run else [])]


def report_items(path: str, name: str, result: UploadResult) -> list[ReportItem]:
    """The items of one file under its path; an item of a row is named `path#row`."""
    return [
        ReportItem(path=_item_path(path, name, item.name), **item.model_dump(exclude={"name"})) for item in result.items
    ]


def _item_path(path: str, name: str, item_name: str) -> str:
    return path + item_name.removeprefix(name) if item_name.startswith(name) else f"{path}#{item_name}"


def rejected(path: str, reason: str) -> ReportItem:
    """A file that was not sent, or not taken."""
    return ReportItem(path=path, status="rejected", reason=reason)


def _line(item: ReportItem, *, dry_run: bool) -> str:
    if item.status == "rejected":
        return one_line(f"{item.path}: rejected: {item.reason or 'no reason given'}", 400)
    saved = "would be saved" if dry_run else "saved"
    return one_line(f"{item.path}: only a part could be read and {saved}: {item.reason or item.status}", 400)
