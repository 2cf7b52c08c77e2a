"""What a stack needs once its parts answer: the vault provisioned, the demo athletes' histories up to now."""

import csv
import io
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from agent.terminal.discovery import discover
from agent.terminal.errors import TerminalError
from agent.terminal.importing.found_file import FoundFile
from agent.terminal.importing.options import UploadOptions
from agent.terminal.importing.report import ImportReport
from agent.terminal.importing.upload import upload_all
from agent.terminal.sign_in import begin, key_file_sign_in, redeem
from apis.serving.sqlite_store import SqliteStore
from apis.socials import demo
from local_agentcore.athletes import ATHLETES
from local_agentcore.blueprint import Blueprint
from local_agentcore.demo_athletes import DEMO_ATHLETES, DemoAthlete
from local_agentcore.demo_history import COLUMNS, activities_csv, history_span
from local_agentcore.demo_profiles import tell_profile
from local_agentcore.demo_recordings import WEEKS, recordings
from local_agentcore.errors import DemoLoadFailed
from local_agentcore.home import write_private
from local_agentcore.provisioning import provision_vault

logger = logging.getLogger(__name__)
FILE_NAME = "activities.csv"
EXPORT_DATE = "%b %d, %Y, %I:%M:%S %p"
# How many of an athlete's newest activities the other demo athletes have seen.
SHARED_ACTIVITIES = 12
# Demo athletes whose account at the socials issuer says that they are under 18.
MINORS = frozenset({"aiko"})


def complete(blueprint: Blueprint) -> None:
    """Provision the vault, then bring the demo athletes up to now. Quick when nothing is left to do.

    Raises:
        DemoLoadFailed: An upload or a profile was refused.
    """
    provision_vault(blueprint)
    load_demo_athletes(blueprint, datetime.now(UTC))


def load_demo_athletes(blueprint: Blueprint, now: datetime) -> None:
    """Who the demo athletes are, and what they did up to now.

    Raises:
        DemoLoadFailed: An upload or a profile was refused.
    """
    tell_demo_profiles(blueprint)
    load_demo_histories(blueprint, now)


def tell_demo_profiles(blueprint: Blueprint) -> None:
    """Tell who the demo athletes are, once: a home of an earlier version is told too, and what is set there stays.

    Raises:
        DemoLoadFailed: A profile was refused.
    """
    mark = blueprint.database("activities").with_suffix(".demo-profiles")
    if mark.exists():
        return
    for athlete in DEMO_ATHLETES.values():
        tell_profile(blueprint.ports.runtime_url("mcp-activities"), _token(blueprint, athlete.name), athlete)
    write_private(mark, b"")


def load_demo_histories(blueprint: Blueprint, now: datetime) -> None:
    """Upload what is missing, signed in as each demo athlete, the way `coach import` does.

    Args:
        blueprint: A running stack.
        now: The histories end with what is over at this instant.

    Raises:
        DemoLoadFailed: An upload was refused.
    """
    mark = blueprint.database("activities").with_suffix(".demo")
    loaded_at = datetime.fromisoformat(mark.read_text(encoding="utf-8")) if mark.exists() else None
    people = [_load(blueprint, athlete, loaded_at, now) for athlete in DEMO_ATHLETES.values()]
    if any(person.activities for person in people):
        # Everybody's clubs are made again with the newcomers' activities; what is there stays as it is.
        with SqliteStore(blueprint.database("socials")) as store:
            demo.seed(store, people)
        write_private(mark, now.isoformat().encode())


def _load(blueprint: Blueprint, athlete: DemoAthlete, loaded_at: datetime | None, now: datetime) -> demo.DemoAthlete:
    table = _missing(athlete, loaded_at, now)
    ids = _upload(blueprint, athlete, table, _recordings(athlete, loaded_at, now)) if table else []
    issuer = blueprint.issuer_for("api-socials")
    shared = list(zip(_rows(table), ids, strict=True))[-SHARED_ACTIVITIES:] if table else []
    return demo.DemoAthlete(
        issuer=issuer,
        subject=next(one for one in ATHLETES if one.username == athlete.name).subject(issuer),
        username=athlete.name,
        # The socials account's own: what pool `coach` knows of a birthday stays there.
        minor=athlete.name in MINORS,
        activities=[
            demo.DemoActivity(activity_id, name, started) for (name, started), activity_id in shared if activity_id
        ],
    )


def _missing(athlete: DemoAthlete, loaded_at: datetime | None, now: datetime) -> bytes | None:
    """The rows that were added since the last load; None if there are none."""
    zone = ZoneInfo(athlete.timezone)
    today = now.astimezone(zone).date()
    if loaded_at is None:
        return activities_csv(athlete, history_span(today)[0], today, finished_by=now)
    since = loaded_at.astimezone(zone).date()
    table = activities_csv(athlete, since, today, finished_by=now)
    return None if table == activities_csv(athlete, since, today, finished_by=loaded_at) else table


def _recordings(athlete: DemoAthlete, loaded_at: datetime | None, now: datetime) -> list[FoundFile]:
    """Files of the latest runs; those that were loaded before are known by their content."""
    today = now.astimezone(ZoneInfo(athlete.timezone)).date()
    start = today - timedelta(weeks=WEEKS)
    if loaded_at is not None:
        start = max(start, loaded_at.astimezone(ZoneInfo(athlete.timezone)).date())
    return [FoundFile.of_content(*each) for each in recordings(athlete, start, today, finished_by=now)]


def _rows(table: bytes) -> list[tuple[str, datetime]]:
    rows = list(csv.reader(io.StringIO(table.decode())))[1:]
    name, started = COLUMNS.index("Activity Name"), COLUMNS.index("Activity Date")
    return [(row[name], datetime.strptime(row[started], EXPORT_DATE).replace(tzinfo=UTC)) for row in rows]


def _upload(blueprint: Blueprint, athlete: DemoAthlete, table: bytes, files: Sequence[FoundFile]) -> list[str | None]:
    """Ids of the activities of the table's rows, in their order."""
    token = _token(blueprint, athlete.name)
    report = ImportReport()
    upload_all(
        blueprint.ports.runtime_url("mcp-activities"),
        lambda _: token,
        [FoundFile.of_content(FILE_NAME, table), *files],
        UploadOptions(home_timezone=athlete.timezone),
        done=report.record,
    )
    items = report.items
    refused = [item for item in items if item.status == "rejected"]
    if refused:
        raise DemoLoadFailed(f"the history of {athlete.name} was not loaded: {refused[0].reason}")
    logger.info("activities=<%d> | loaded a demo history", len(items))
    return [item.activity_id for item in items if item.path.startswith(FILE_NAME)]


def _token(blueprint: Blueprint, username: str) -> str:
    key = Path(blueprint.home / "keys" / "athletes" / f"{username}.pem").read_bytes()
    with httpx.Client(timeout=10, trust_env=False) as http:
        try:
            server = discover(http, blueprint.issuer)
            request = begin("terminal", "mcp-activities", ("activities/read", "activities/write"))
            redirect = key_file_sign_in(http, server, request, username, key)
            return redeem(http, server, request, redirect).access_token
        except TerminalError as error:
            raise DemoLoadFailed(f"{username} could not be signed in: {error}") from error
