"""What the demo athletes say of themselves, told once to the activities team the way `coach profile` does."""

import logging
from collections.abc import Mapping
from typing import Any

from agent.terminal.activities_tool import call_tool
from agent.terminal.errors import TerminalError, UsageWrong
from local_agentcore.demo_athletes import DemoAthlete
from local_agentcore.errors import DemoLoadFailed

logger = logging.getLogger(__name__)


def settings_of(athlete: DemoAthlete) -> Mapping[str, Any]:
    """The settings by the names of the activities team's profile."""
    return {
        "name": athlete.display_name,
        "timezone": athlete.timezone,
        "birth_year": athlete.birth_year,
        "sex": athlete.sex,
        "weight_kg": athlete.weight_kg,
        "max_heartrate_bpm": athlete.max_heartrate_bpm,
        "resting_heartrate_bpm": athlete.resting_heartrate_bpm,
    }


def tell_profile(url: str, token: str, athlete: DemoAthlete) -> None:
    """Sets what nobody has set yet; what somebody changed since stays.

    Args:
        url: MCP endpoint of the activities team.
        token: The athlete's, for it.
        athlete: Who is told of.

    Raises:
        DemoLoadFailed: It was refused.
    """
    try:
        known = call_tool(url, [lambda: token], "get_athlete_profile", {})
        changes = {name: value for name, value in settings_of(athlete).items() if _unset(known, name)}
        if changes:
            call_tool(url, [lambda: token], "update_athlete_profile", {"changes": changes})
    except UsageWrong:
        # Somebody has said otherwise of the athlete, and both cannot be true: their word counts.
        logger.warning("athlete=<%s> | the demo profile contradicts what is set", athlete.name)
    except TerminalError as error:
        raise DemoLoadFailed(f"the profile of {athlete.name} was not set: {error}") from error


def _unset(profile: Mapping[str, Any], name: str) -> bool:
    """Whether the athlete has not said it; what a watch believed or age suggests is not their own word."""
    origin = (profile.get("origins") or {}).get(name)
    return profile.get(name) is None or origin in {"device", "estimated"}
