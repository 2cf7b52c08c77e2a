"""Importing files, and asking which files were imported before."""

import hashlib
from typing import Annotated, Final

from aws_lambda_powertools.event_handler.openapi.params import Query

from apis.activities.ingest import Upload, import_file
from apis.activities.models import Record
from apis.activities.operations.desk import Desk, check_zone, links_to_activity
from apis.activities.rehearsal import end_rehearsal, rehearsing
from apis.activities.uploads import ImportItem, ImportReport, known_items
from apis.serving.errors import IdempotencyKeyReused, InvalidRequest, PreconditionFailed
from apis.serving.idempotency import IdempotentAnswers
from apis.serving.openapi_document import answers
from apis.serving.resolver import IdempotencyKey

_ID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_FILE: Final = {
    "description": "the file as it is",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_IMPORTED: Final = links_to_activity("$response.body#/items/0/activity_id")
Digest = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")]


class KnownUpload(Record):
    """A file that was taken before, by the digest of its unpacked content."""

    sha256: str
    items: tuple[ImportItem, ...]


class KnownUploads(Record):
    """Those of the files asked for that were taken before."""

    uploads: tuple[KnownUpload, ...]


def add_uploads(desk: Desk) -> None:
    """Adds the operations to the resolver."""

    @desk.app.post(
        "/uploads",
        summary="Import a FIT, GPX, TCX, activities.csv or Garmin file, possibly compressed",
        responses=answers(InvalidRequest, IdempotencyKeyReused, PreconditionFailed, links=_IMPORTED),
        openapi_extensions={"requestBody": _FILE},
    )
    def upload_file(
        *,
        file_name: Annotated[str, Query(min_length=1, max_length=255)],
        dry_run: Annotated[bool, Query(description="report only, write nothing")] = False,
        rehearsal: Annotated[
            str | None, Query(pattern=_ID, description="id of a dry run of several files, which are compared")
        ] = None,
        home_timezone: Annotated[
            str | None, Query(max_length=64, description="IANA zone for indoor activities")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ImportReport:
        check_zone("home_timezone", home_timezone)
        content, library = desk.body(), desk.library()
        upload = Upload(plain_name(file_name), content, desk.clock(), home_timezone)
        if dry_run:
            return import_file(rehearsing(library, rehearsal), upload, ahead=desk.ahead)
        kept = IdempotentAnswers(
            desk.store,
            caller=desk.caller(),
            key=idempotency_key,
            operation="post /uploads",
            request={"file_name": file_name, "home_timezone": home_timezone, "sha256": _sha256(content)},
            now_s=desk.clock().timestamp(),
        )
        before = kept.recall()
        if before is not None:
            return ImportReport.model_validate(before)
        end_rehearsal(library)
        report = import_file(library, upload, ahead=desk.ahead)
        kept.keep(report.model_dump(mode="json"))
        return report

    @desk.app.get("/uploads", summary="Which files were imported before, by the SHA-256 of their unpacked content")
    def list_uploads(sha256: Annotated[list[Digest], Query(min_length=1, max_length=50)]) -> KnownUploads:
        library = desk.library()
        found = ((digest, known_items(library, digest)) for digest in dict.fromkeys(sha256))
        return KnownUploads(uploads=tuple(KnownUpload(sha256=one, items=items) for one, items in found if items))


def plain_name(file_name: str) -> str:
    """The last part of a file name without control characters: it is shown in reports, never opened."""
    last = file_name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()) or "upload"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
