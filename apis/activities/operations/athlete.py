"""What the athlete told us about themselves."""

from apis.activities.analytics.athlete_settings import AthleteSettings
from apis.activities.analytics.rounding import FrozenAnswer
from apis.activities.analytics.zones_report import ZonesReport, report_zones
from apis.activities.athlete import AthleteProfile
from apis.activities.operations.desk import Desk, check_zone
from apis.serving.errors import InvalidRequest, StateChanged, TransactionConflict
from apis.serving.openapi_document import answers


class AthleteZones(FrozenAnswer):
    """The athlete's own numbers with their origins, and the zones that follow."""

    settings: AthleteSettings
    run: ZonesReport
    ride: ZonesReport


def add_athlete(desk: Desk) -> None:
    """Adds the operations to the resolver."""

    @desk.app.get("/athlete", summary="What the athlete told us about themselves")
    def get_athlete() -> AthleteProfile:
        return desk.library().profile()

    @desk.app.get("/athlete/zones", summary="Heart-rate zones for running and riding, and the numbers they rest on")
    def get_athlete_zones() -> AthleteZones:
        settings = desk.settings(desk.library())
        return AthleteZones(settings=settings, run=report_zones(settings, "run"), ride=report_zones(settings, "ride"))

    @desk.app.patch(
        "/athlete",
        summary="Change the athlete's profile; null takes a value back",
        responses=answers(InvalidRequest, StateChanged),
    )
    def change_athlete(changes: AthleteProfile) -> AthleteProfile:
        check_zone("timezone", changes.timezone)
        mine = desk.library()
        profile = mine.profile().changed_by(changes)
        contradiction = profile.contradiction()
        if contradiction:
            raise InvalidRequest(f"That contradicts what is known: {contradiction}.")
        try:
            mine.save_profile(profile)
        except TransactionConflict as err:
            raise StateChanged from err
        return profile
