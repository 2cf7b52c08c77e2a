"""What a stack needs once its parts answer: the vault provisioned, the demo athletes' histories up to today."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from apis.socials.demo import SocialAthlete, seed

from agent.terminal.activity_files import ActivityFile
from agent.terminal.discovery import discover
from agent.terminal.errors import TerminalError
from agent.terminal.sign_in import begin, key_file_sign_in, redeem
from agent.terminal.upload import upload_all
from apis.serving.sqlite_store import SqliteStore
from local_agentcore.athletes import ATHLETES, Athlete
from local_agentcore.blueprint import Blueprint
from local_agentcore.demo_history import DEMO_ATHLETES, activities_csv
from local_agentcore.errors import DemoLoadFailed
from local_agentcore.home import write_private
from local_agentcore.provisioning import provision_vault

logger = logging.getLogger(__name__)
HISTORY_DAYS = 427  # fourteen months
# How many of an athlete's newest activities the other demo athletes have seen.
SOCIAL_ACTIVITIES = 12


def complete(blueprint: Blueprint) -> None:
    """Provision the vault, then bring the demo histories up to today. Quick when nothing is left to do.

    Raises:
        DemoLoadFailed: An upload was refused.
    """
    provision_vault(blueprint)
    load_demo_histories(blueprint, datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).date())


def load_demo_histories(blueprint: Blueprint, today: date) -> None:
    """Upload the days that are missing, signed in as each demo athlete, the way `coach import` does.

    Args:
        blueprint: A running stack.
        today: Last day of the histories.

    Raises:
        DemoLoadFailed: An upload was refused.
    """
    mark = blueprint.database("activities").with_suffix(".demo.json")
    done = _loaded(mark)
    uploaded: dict[str, list[str]] = {}
    for athlete in ATHLETES:
        since = done.get(athlete.username)
        start = since + timedelta(days=1) if since else today - timedelta(days=HISTORY_DAYS)
        if athlete.demo and start <= today:
            uploaded[athlete.username] = _upload(blueprint, athlete, start, today)
            done[athlete.username] = today
    if uploaded:
        _seed_socials(blueprint, uploaded)
        write_private(mark, json.dumps({name: day.isoformat() for name, day in done.items()}).encode())


def _loaded(mark: Path) -> dict[str, date]:
    if not mark.exists():
        return {}
    return {name: date.fromisoformat(day) for name, day in json.loads(mark.read_text(encoding="utf-8")).items()}


def _upload(blueprint: Blueprint, athlete: Athlete, start: date, end: date) -> list[str]:
    content = activities_csv(DEMO_ATHLETES[athlete.username], start, end)
    token = _token(blueprint, athlete.username)
    items = upload_all(
        blueprint.ports.runtime_url("mcp-activities"),
        lambda: token,
        [ActivityFile("activities.csv", content)],
        dry_run=False,
        time_zone=athlete.timezone,
        tell=lambda _: None,
    )
    refused = [item for item in items if item.status == "rejected"]
    if refused:
        raise DemoLoadFailed(f"the history of {athlete.username} was not loaded: {refused[0].reason}")
    logger.info("athlete=<%s>, activities=<%d> | loaded demo history", athlete.username, len(items))
    return [item.activity_id for item in items if item.activity_id]


def _token(blueprint: Blueprint, username: str) -> str:
    key = (blueprint.home / "keys" / "athletes" / f"{username}.pem").read_bytes()
    with httpx.Client(timeout=10, trust_env=False) as http:
        try:
            server = discover(http, blueprint.issuer)
            request = begin("terminal", "mcp-activities", ("activities/read", "activities/write"))
            return redeem(http, server, request, key_file_sign_in(http, server, request, username, key)).access_token
        except TerminalError as error:
            raise DemoLoadFailed(f"{username} could not be signed in: {error}") from error


def _seed_socials(blueprint: Blueprint, uploaded: Mapping[str, list[str]]) -> None:
    people = [
        SocialAthlete(
            issuer=blueprint.issuer,
            subject=athlete.subject(blueprint.issuer),
            name=athlete.name,
            activity_ids=tuple(uploaded.get(athlete.username, [])[-SOCIAL_ACTIVITIES:]),
        )
        for athlete in ATHLETES
        if athlete.demo
    ]
    seed(SqliteStore(blueprint.database("socials")), people)
