"""What is the same for every file of an import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UploadOptions:
    """How the server is to take the files.

    Attributes:
        dry_run: Write nothing.
        rehearsal: Which dry run; the server compares the files of one with each other.
        home_timezone: Zone for times without one.
    """

    dry_run: bool = False
    rehearsal: str | None = None
    home_timezone: str | None = None
