"""One activity as it is stored: a row for lists and the trend, metrics for load and efforts, and a detail.

Questions over many activities read rows, or metrics, and never a detail. The detail is what only one activity is
asked for; it is compressed, because a day of laps from four sources would not fit into an item of the store.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from apis.activities.analytics.run_features import RunFeatures
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.measurement import Measurement
from apis.activities.models import Activity, ActivityDetail, ActivityId, Lap, Record, Visibility
from apis.activities.sports import SportType
from apis.activities.weather.places import LookedUp

NAME_CHARS: Final = 200
DESCRIPTION_CHARS: Final = 2_000


_OF_ONE_ACTIVITY: Final = {"splits_metric", "splits_standard", "summary_polyline", "missing"}


class ActivityEdits(Record):
    """What the athlete has changed by hand: it stays when another source of the activity arrives.

    A field that was never set leaves the word to the sources, and so does one that is set to null.
    """

    name: str | None = Field(default=None, min_length=1, max_length=NAME_CHARS)
    description: str | None = Field(default=None, max_length=DESCRIPTION_CHARS)
    sport_type: SportType | None = Field(default=None, max_length=40)
    workout_type: int | None = Field(default=None, ge=0, le=12)
    gear: str | None = Field(default=None, min_length=1, max_length=100)
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
        laps: Of the best source that counted any.
        findings: What the samples that are kept say; None without samples.
        looked_up: What a weather service said; the activity's weather where no source has any.
        streams_of: Source id of these samples.
        aliases: Ids of activities that were merged into this one; they lead here.
    """

    laps: tuple[Lap, ...] = ()
    findings: StreamFindings | None = None
    measurements: tuple[Measurement, ...]
    edits: ActivityEdits = ActivityEdits()
    aliases: tuple[ActivityId, ...] = ()
    streams_of: str | None = None
    looked_up: LookedUp | None = None

    @property
    def detail(self) -> ActivityDetail:
        """Laps, splits, best efforts and outline."""
        found = self.findings or StreamFindings()
        return ActivityDetail(
            laps=self.laps,
            splits_metric=found.splits_metric,
            splits_standard=found.splits_standard,
            best_efforts=found.best_efforts,
            summary_polyline=found.summary_polyline,
        )

    def metrics_document(self) -> dict[str, Any] | None:
        """The findings but for what grows with the length of the activity."""
        if self.findings is None:
            return None
        return self.findings.model_dump(mode="json", exclude_defaults=True, exclude=_OF_ONE_ACTIVITY)

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
