"""Whether a file that was named holds activities, by how it begins: people rename files, and mail programs do."""

from agent.terminal.importing.content import GZIP, Content
from agent.terminal.importing.errors import FileRefused

HEAD_BYTES = 4096
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with files, without
FIT_MAGIC, FIT_MAGIC_AT = b".FIT", 8
XML_ROOTS = (b"<gpx", b":gpx", b"TrainingCenterDatabase")
GARMIN_SUMMARIES = b"summarizedActivitiesExport"
TABLE_SUFFIX = ".csv"  # headers come in every language


def is_zip(head: bytes) -> bool:
    return head.startswith(ZIP)


def holds_activities(name: str, stored: bytes) -> bool:
    """Whether a file should be sent although its name does not say so.

    Args:
        name: Its name; a table is believed to be one.
        stored: Its content, possibly compressed.
    """
    if name.lower().endswith(TABLE_SUFFIX):
        return True
    try:
        head = (Content.of(stored).unpacked if stored.startswith(GZIP) else stored)[:HEAD_BYTES]
    except FileRefused:
        return False
    if head[FIT_MAGIC_AT : FIT_MAGIC_AT + len(FIT_MAGIC)] == FIT_MAGIC:
        return True
    return any(root in head for root in (*XML_ROOTS, GARMIN_SUMMARIES))
