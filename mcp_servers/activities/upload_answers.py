"""What is told of uploads, to programs."""

from identity.untrusted_text import plain
from mcp_servers.serving.results import Output

NAME_LENGTH = 300
REASON_LENGTH = 500


class UploadItem(Output):
    """What became of one activity of a file."""

    name: str
    status: str
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None


class KnownUpload(Output):
    """A file that was taken before, by the digest of its unpacked content."""

    sha256: str
    items: list[UploadItem]


class KnownUploads(Output):
    """Those of the files asked for that were taken before."""

    uploads: list[KnownUpload]


class UploadReport(Output):
    """Counts and items of one file."""

    imported: int
    merged: int
    partial: int
    rejected: int
    items: list[UploadItem]


def upload_item(item: dict[str, object]) -> UploadItem:
    """An item of the API's report; names and reasons are text of others."""
    reason = item.get("reason")
    return UploadItem.model_validate(
        {
            **item,
            "name": plain(str(item.get("name", "")), NAME_LENGTH),
            "reason": plain(str(reason), REASON_LENGTH) if reason else None,
        }
    )
