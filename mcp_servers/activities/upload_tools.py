"""Tools for programs that import files. Docstrings are prompt text."""

import base64
import binascii
from typing import Annotated

from pydantic import Field

from mcp_servers.activities.upload_answers import KnownUploads, UploadReport, upload_item
from mcp_servers.serving.api_client import ApiRequest, Query, TeamApi
from mcp_servers.serving.errors import InvalidArguments

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MOST_UPLOAD_ITEMS = 5_000


class UploadTools:
    """Adds activities, and says which files were added before.

    Args:
        api: Of the activities team.
    """

    def __init__(self, api: TeamApi) -> None:
        self._api = api

    async def upload_activities(
        self,
        *,
        file_name: Annotated[str, Field(min_length=1, max_length=255)],
        content_base64: str,
        dry_run: bool = False,
        rehearsal: Annotated[str | None, Field(max_length=36)] = None,
        home_timezone: Annotated[str | None, Field(max_length=64)] = None,
    ) -> UploadReport:
        """Add one FIT, GPX, TCX or Strava activities.csv file (also gzipped); for programs, not for a conversation.

        Repeating an upload adds nothing. dry_run only says what would happen; dry runs with one rehearsal (a UUID) are
        compared with each other. Each item names what was imported, merged with what was there, or rejected and why.
        """
        try:
            content = base64.b64decode(content_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidArguments("content_base64: not base64") from error
        query: Query = {
            "file_name": file_name,
            "dry_run": dry_run,
            "rehearsal": rehearsal,
            "home_timezone": home_timezone,
        }
        headers = {"Content-Type": "application/octet-stream"}
        document = await self._api.send(ApiRequest("POST", "/uploads", query, content=content, headers=headers))
        items = [upload_item(item) for item in document.pop("items", [])[:MOST_UPLOAD_ITEMS]]
        return UploadReport.model_validate({**document, "items": items})

    async def list_uploads(self, sha256: Annotated[list[Sha256], Field(min_length=1, max_length=50)]) -> KnownUploads:
        """Which files were uploaded before, by SHA-256 of the unpacked content; for programs that resume an import."""
        document = await self._api.get("/uploads", sha256=sha256)
        return KnownUploads.model_validate(
            {
                "uploads": [
                    {"sha256": each["sha256"], "items": [upload_item(item) for item in each["items"]]}
                    for each in document["uploads"]
                ]
            }
        )
