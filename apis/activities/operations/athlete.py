"""What the athlete told us about themselves."""

from apis.activities.analytics.athlete_settings import AthleteSettings
from apis.activities.analytics.rounding import FrozenAnswer
from apis.activities.analytics.zones_report import ZonesReport, report_zones
from apis.activities.athlete import AthleteProfile
from apis.activities.operations.desk import Desk, check_zone
from apis.serving.errors import InvalidRequest, PreconditionFailed, TransactionConflict
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
        responses=answers(InvalidRequest, PreconditionFailed),
    )
    def change_athlete(changes: AthleteProfile) -> AthleteProfile:
        check_zone("timezone", changes.timezone)
        try:
            return desk.library().change_profile(lambda profile: _changed(profile, changes))
        except TransactionConflict as err:
            raise PreconditionFailed("Other requests are changing the profile; try again.") from err


def _changed(profile: AthleteProfile, changes: AthleteProfile) -> AthleteProfile:
    changed = profile.changed_by(changes)
    contradiction = changed.contradiction()
    if contradiction:
        raise InvalidRequest(f"That contradicts what is known: {contradiction}.")
    return changed
