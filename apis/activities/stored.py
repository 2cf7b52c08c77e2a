"""One activity as it is stored: a row for lists and analyses, and a detail that only one activity is asked for.

The row holds everything that a question over many activities needs, so that such a question reads no detail. The
detail is compressed: a day of laps from four sources would not fit into an item of the store.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from apis.activities.analytics.run_features import RunFeatures
from apis.activities.measurement import Measurement
from apis.activities.models import Activity, ActivityDetail, ActivityId, Record, Visibility

NAME_CHARS: Final = 200
DESCRIPTION_CHARS: Final = 2_000


class ActivityEdits(Record):
    """What the athlete has changed by hand: it stays when another source of the activity arrives.

    A field that was never set leaves the word to the sources, and so does one that is set to null.
    """

    name: str | None = Field(default=None, min_length=1, max_length=NAME_CHARS)
    description: str | None = Field(default=None, max_length=DESCRIPTION_CHARS)
    sport_type: str | None = Field(default=None, max_length=40)
    workout_type: int | None = Field(default=None, ge=0, le=12)
    gear: str | None = Field(default=None, max_length=100)
    perceived_exertion: float | None = Field(default=None, ge=1, le=10)
    trainer: bool | None = None
    commute: bool | None = None
    hide_from_home: bool | None = None
    visibility: Visibility | None = None

    def stated(self) -> dict[str, Any]:
        """The fields that hold a value."""
        return self.model_dump(exclude_none=True)

    def changed_by(self, later: "ActivityEdits") -> "ActivityEdits":
        """These edits with later ones over them; a null takes the edit of that field back."""
        return ActivityEdits.model_validate({**self.stated(), **later.model_dump(exclude_unset=True)})


class ActivityRow(Record):
    """What questions over many activities read."""

    activity: Activity
    features: RunFeatures | None = None


class StoredActivity(ActivityRow):
    """The merged activity beside what it was merged from.

    Attributes:
        streams_of: Source id of the samples that are kept.
        aliases: Ids of activities that were merged into this one; they lead here.
    """

    detail: ActivityDetail = ActivityDetail()
    measurements: tuple[Measurement, ...]
    edits: ActivityEdits = ActivityEdits()
    aliases: tuple[ActivityId, ...] = ()
    streams_of: str | None = None

    def row_document(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True, include=set(ActivityRow.model_fields))

    def detail_document(self) -> dict[str, Any]:
        text = self.model_dump_json(exclude_defaults=True, exclude=set(ActivityRow.model_fields))
        return {"data": base64.b64encode(zlib.compress(text.encode(), level=6)).decode("ascii")}

    @classmethod
    def joined(cls, row: Mapping[str, Any], detail: Mapping[str, Any]) -> "StoredActivity":
        """The activity of its two documents."""
        kept = json.loads(zlib.decompress(base64.b64decode(detail["data"])))
        return cls.model_validate({**row, **kept})
