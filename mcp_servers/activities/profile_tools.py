"""Tools about the athlete's own settings. Docstrings are prompt text."""

import asyncio

from mcp_servers.activities.profile_answers import (
    RISING,
    RISING_SETTINGS,
    ZONE,
    AthleteProfile,
    ProfileChange,
    ProfileChanges,
    check_rising,
    profile_answer,
    profile_with_zones,
)
from mcp_servers.serving.api_client import ApiRequest, TeamApi
from mcp_servers.serving.errors import InvalidArguments


class ProfileTools:
    """What the athlete told us about themselves.

    Args:
        api: Of the activities team.
    """

    def __init__(self, api: TeamApi) -> None:
        self._api = api

    async def get_athlete_profile(self) -> AthleteProfile:
        """The athlete's own settings and heart-rate zones: heart rates, power, body, units, time zone.

        origins says where a value is from: measured (in a test), profile (the athlete says so), device (their watch)
        or estimated (from age, ±10 bpm; say so). missing names what nobody knows; zones say why there are none.
        """
        profile, zones = await asyncio.gather(self._api.get("/athlete"), self._api.get("/athlete/zones"))
        return AthleteProfile.model_validate(profile_with_zones(profile, zones))

    async def update_athlete_profile(self, *, changes: ProfileChanges, dry_run: bool = False) -> ProfileChange:
        """Change the athlete's settings; for programs, not for a conversation. Null takes a value back.

        dry_run shows the profile as it would be and writes nothing.
        """
        sent = changes.sent()
        if not sent:
            raise InvalidArguments("changes: name at least one setting.")
        if dry_run:
            profile = {**await self._api.get("/athlete"), **sent}
            check_rising(profile)
        else:
            check_rising(sent)
            profile = await self._changed(sent)
        return ProfileChange.model_validate(profile_answer(profile, changed=sorted(sent), dry_run=dry_run))

    async def _changed(self, sent: dict[str, object]) -> dict[str, object]:
        try:
            return await self._api.send(ApiRequest("PATCH", "/athlete", {}, json=sent))
        except InvalidArguments as error:
            # The API's own words never come this far; these are the rules that only it can apply.
            rules = [ZONE] if "timezone" in sent else []
            rules += [RISING] if RISING_SETTINGS & sent.keys() else []
            names = ", ".join(sorted(sent))
            message = " ".join([f"Not accepted, nothing was changed. Check: {names}.", *rules])
            raise InvalidArguments(message) from error
