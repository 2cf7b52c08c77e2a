"""The activities API as a Lambda handler. Whose activities they are comes from the validated token alone."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.ingest import Ahead, nothing_ahead
from apis.activities.operations.activities import add_activities
from apis.activities.operations.analyses import add_analyses
from apis.activities.operations.athlete import add_athlete
from apis.activities.operations.desk import Clock, Desk
from apis.activities.operations.gear import add_gear
from apis.activities.operations.uploads import add_uploads
from apis.serving.cursor import CursorSeal
from apis.serving.resolver import new_resolver
from apis.serving.store import Store


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_resolver(
    store: Store,
    seal: CursorSeal,
    *,
    clock: Clock = utc_now,
    ahead: Ahead = nothing_ahead,
    bands: WeatherBands | None = None,
) -> APIGatewayRestResolver:
    """Makes the resolver; ``resolver.resolve`` is the Lambda handler.

    Args:
        store: Where the activities are.
        seal: Seals the cursors of lists.
        clock: The present instant, aware.
        ahead: Gives uploads that were read before the handler was called.
        bands: What weather words mean; the documented ones if not given.
    """
    app = new_resolver(title="Activities")
    desk = Desk(app, store, seal, clock, bands or WeatherBands(), ahead=ahead)
    for add in (add_uploads, add_activities, add_analyses, add_athlete, add_gear):
        add(desk)
    return app
