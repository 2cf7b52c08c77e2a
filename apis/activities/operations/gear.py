"""What activities were done with."""

from apis.activities.gear import GearList, gear_of
from apis.activities.operations.desk import Desk


def add_gear(desk: Desk) -> None:
    """Adds the operation to the resolver."""

    @desk.app.get("/gear", summary="Shoes and bikes: how often, how far and when they were used")
    def get_gear() -> GearList:
        return gear_of(row.activity for row in desk.library().rows())
