"""What the operations answer: the OpenAPI document of this API is made from these."""

from typing import Any, Literal, Self

from apis.activities.analytics.comparison_report import ComparisonReport
from apis.activities.analytics.efforts_report import EffortsReport
from apis.activities.analytics.summary import ActivitySummary, Coverage
from apis.activities.analytics.training_load_answer import TrainingLoadReport
from apis.activities.analytics.trend_report import WindowEcho
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.models import Activity, ActivityDetail, Record, Weather

Preference = Literal["meters", "feet"]


class WeatherView(Weather):
    """Weather with the bands that hold for it."""

    bands: tuple[str, ...]


class ActivityView(Activity):
    """An activity as clients see it."""

    weather: WeatherView | None = None

    @classmethod
    def of(cls, activity: Activity, bands: WeatherBands) -> Self:
        document: dict[str, Any] = activity.model_dump()
        if activity.weather is not None:
            document["weather"]["bands"] = bands.bands_of(activity.weather)
        return cls.model_validate(document)


class DetailedActivity(ActivityView, ActivityDetail):
    """An activity with its laps, splits and best efforts; the preference is for whoever words them."""

    measurement_preference: Preference

    @classmethod
    def with_detail(
        cls, activity: Activity, detail: ActivityDetail, bands: WeatherBands, preference: Preference
    ) -> Self:
        summary = ActivityView.of(activity, bands)
        return cls.model_validate({**summary.model_dump(), **detail.model_dump(), "measurement_preference": preference})


class ActivityPage(Record):
    """One page of a list; `total_count` and `coverage` speak of the whole list."""

    window: WindowEcho
    bands: dict[str, str]
    measurement_preference: Preference
    activities: tuple[ActivityView, ...]
    total_count: int
    next_cursor: str | None
    coverage: Coverage


class Filters(Record):
    """The filters a summary was made with."""

    sport_types: tuple[str, ...]
    weather: tuple[str, ...]


class SummaryAnswer(ActivitySummary):
    """A summary with the window and the filters it was made for."""

    window: WindowEcho
    measurement_preference: Preference
    filters: Filters


class TrainingLoadAnswer(TrainingLoadReport):
    """The training load of a window; the preference is for whoever words it."""

    measurement_preference: Preference


class EffortsAnswer(EffortsReport):
    """Best efforts and predictions; the preference is for whoever words them."""

    measurement_preference: Preference


class ComparisonAnswer(ComparisonReport):
    """Activities side by side; the preference is for whoever words them."""

    measurement_preference: Preference
