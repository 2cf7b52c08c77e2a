"""Which athlete a command acts as.

`--athlete`, else whoever signed in on the login page, else `me` once `me` has activities, else the demo athlete.
"""

import json

from agent.terminal.errors import UsageWrong
from agent.terminal.home import Home, read_private, write_private
from agent.terminal.session_file import athlete_name

OWNER = "me"
DEMO_ATHLETE = "maya"


def chosen_athlete(home: Home, asked: str | None) -> str:
    """The athlete of this command."""
    if asked is not None:
        return athlete_name(asked)
    if (signed_in := _read(home, "signed_in").get("athlete")) is not None:
        return athlete_name(str(signed_in))
    return OWNER if _read(home, OWNER + "_activities").get("imported") else DEMO_ATHLETE


def athlete_key(home: Home, athlete: str) -> bytes:
    """The private key that signs this athlete in.

    Raises:
        UsageWrong: There is no such athlete on this computer.
        HomeNotPrivate: The file is a link, not the user's, or open to others.
    """
    path = home.athlete_key(athlete)
    try:
        return read_private(path)
    except FileNotFoundError as error:
        known = ", ".join(sorted(key.stem for key in path.parent.glob("*.pem"))) or "none"
        raise UsageWrong(f"there is no athlete {athlete!r} on this computer; there are: {known}") from error


def remember_import(home: Home) -> None:
    """From now on commands act as `me`."""
    write_private(home.session / f"{OWNER}_activities.json", json.dumps({"imported": True}).encode())


def remember_sign_in(home: Home, athlete: str) -> None:
    """From now on, until the sign-out, commands act as whoever signed in on the login page."""
    write_private(home.session / "signed_in.json", json.dumps({"athlete": athlete}).encode())


def forget_sign_in(home: Home) -> None:
    """Commands act again as the athlete that they would choose by themselves."""
    (home.session / "signed_in.json").unlink(missing_ok=True)


def _read(home: Home, name: str) -> dict[str, object]:
    try:
        document = json.loads(read_private(home.session / f"{name}.json"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return document if isinstance(document, dict) else {}
