"""Demo athletes with activities, as the stack hands them to the socials demo."""

from datetime import UTC, datetime, timedelta

from apis.socials.demo import DemoActivity, DemoAthlete
from tests.support.issuer import ISSUER

START = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)


def demo_athletes(count: int = 12) -> list[DemoAthlete]:
    """Three athletes with `count` activities each, two days apart, the newest last."""
    return [
        DemoAthlete(
            ISSUER,
            name,
            name,
            [DemoActivity(f"{name}-{n:02d}", f"Run {n}", START + timedelta(days=2 * n)) for n in range(count)],
            minor=name == "aiko",
        )
        for name in ("maya", "jonas", "aiko")
    ]
