"""What became of every imported file."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["imported", "merged", "rejected"]
STATUSES: tuple[Status, ...] = ("imported", "merged", "rejected")
KNOWN_ALREADY = "already imported"
# Watches write such files beside those of activities, and exports hold thousands: no failure of an import.
NO_ACTIVITIES = ("a FIT file of settings or monitoring", "the points have no times: this is a route")


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class UploadedItem(_Wire):
    """One activity of one file, as the activities server reports it."""

    name: str
    status: Status
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None


class UploadResult(_Wire):
    """The structured result of `upload_activities`. The counts are of all items, of which a long table lists a part."""

    imported: int = 0
    merged: int = 0
    partial: int = 0
    rejected: int = 0
    items: list[UploadedItem] = Field(default_factory=list)


class ReportItem(_Wire):
    """One line of the report: a file, or one row of a table."""

    path: str
    status: Status
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None

    @property
    def passed_over(self) -> bool:
        """Rejected for what it is, and not for what is wrong with it."""
        return self.status == "rejected" and (self.reason or "").startswith(NO_ACTIVITIES)

    @property
    def failed(self) -> bool:
        return self.status == "rejected" and not self.passed_over


@dataclass(frozen=True)
class FileReport:
    """What became of one file.

    Attributes:
        items: In the order of the file.
        unlisted: How many more there were of each status, and partial ones.
    """

    items: Sequence[ReportItem]
    unlisted: Mapping[str, int] = field(default_factory=Counter)

    @classmethod
    def rejected(cls, path: str, reason: str) -> "FileReport":
        """A file that was not sent, or not taken."""
        return cls([ReportItem(path=path, status="rejected", reason=reason)])

    @classmethod
    def of_upload(cls, path: str, name: str, result: UploadResult) -> "FileReport":
        """A file that was sent under a name."""
        return cls([_item(path, name, item) for item in result.items], _unlisted(result))

    @classmethod
    def of_known(cls, path: str, name: str, known: Sequence[UploadedItem]) -> "FileReport":
        """A file that the history has taken before, perhaps under another name."""
        return cls([_known(_item(path, name, item)) for item in known])


class ImportReport:
    """Counts and items of one `coach import`, in the order of the files, whichever was done first."""

    def __init__(self) -> None:
        self._files: dict[int, FileReport] = {}

    def record(self, number: int, file: FileReport) -> None:
        """Adds what became of the file with this number."""
        self._files[number] = file

    @property
    def files(self) -> int:
        """How many are done."""
        return len(self._files)

    @property
    def items(self) -> list[ReportItem]:
        return [item for number in sorted(self._files) for item in self._files[number].items]

    def count(self, status: Status) -> int:
        return sum(item.status == status for item in self.items) + self._unlisted(status)

    @property
    def partial(self) -> int:
        """Files of which only a part could be read, whatever their status."""
        return sum(item.partial for item in self.items) + self._unlisted("partial")

    @property
    def passed_over(self) -> int:
        """Rejected ones that are no activities."""
        return sum(item.passed_over for item in self.items)

    @property
    def all_failed(self) -> bool:
        """Whether there were activities, or what might be some, and none could be taken."""
        failed = sum(item.failed for item in self.items)
        return failed > 0 and self.count("imported") + self.count("merged") == 0

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

    def _unlisted(self, what: str) -> int:
        return sum(file.unlisted.get(what, 0) for file in self._files.values())


def _item(path: str, name: str, item: UploadedItem) -> ReportItem:
    return ReportItem(path=_item_path(path, name, item.name), **item.model_dump(exclude={"name"}))


def _item_path(path: str, name: str, item_name: str) -> str:
    """The file's own path; an item of a row or a part is named `path#part`."""
    if item_name.startswith(name):
        return path + item_name.removeprefix(name)
    _, separator, part = item_name.rpartition("#")  # sent under another name before
    return path + separator + (part if separator else "")


def _known(item: ReportItem) -> ReportItem:
    if item.status == "rejected":
        return item
    return item.model_copy(update={"status": "merged", "reason": item.reason or KNOWN_ALREADY})


def _unlisted(result: UploadResult) -> Mapping[str, int]:
    listed = Counter[str](item.status for item in result.items)
    listed["partial"] = sum(item.partial for item in result.items)
    claimed = Counter[str](result.model_dump(exclude={"items"}))
    return claimed - listed  # without what is not positive
