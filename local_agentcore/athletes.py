"""The people of a laptop's pool: its owner and three demo athletes."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identity.authorization_server.passwords import hash_password
from local_agentcore.home import write_private
from local_agentcore.keys import sign_in_key

_NAMESPACE = uuid.UUID("6f1c2b1e-52d1-4d0b-9d55-0f4f6a0c7c11")


@dataclass(frozen=True)
class Athlete:
    """One person.

    Attributes:
        username: Also the name of the key file and the argument of `--athlete`.
        demo: Has a generated history.
        timezone: IANA name of the demo athletes' home; the owner's comes with the first import.
        groups: In both pools, each of which was told by the person: no pool tells another. Policies name them.
    """

    username: str
    name: str
    demo: bool
    birth_year: int | None = None
    timezone: str | None = None
    groups: tuple[str, ...] = ()

    def subject(self, issuer: str) -> str:
        """Stable for one issuer, so that a lost user table costs nobody their data."""
        return str(uuid.uuid5(_NAMESPACE, f"{issuer}|{self.username}"))


ATHLETES = (
    Athlete("maya", "Maya", demo=True, birth_year=1991, timezone="Europe/Berlin"),
    Athlete("jonas", "Jonas", demo=True, birth_year=1984, timezone="Europe/Berlin"),
    Athlete("aiko", "Aiko", demo=True, birth_year=2010, timezone="Europe/Berlin", groups=("minors",)),
    Athlete("me", "You", demo=False),
)


def user_records(home: Path, issuer: str, password: str) -> list[dict[str, Any]]:
    """Rows for the authorization server's `UserConfig`.

    Args:
        home: COACH_HOME; sign-in keys are made in it.
        issuer: Of the pool.
        password: For the browser's sign-in page.
    """
    password_hash = _password_hash(home / "keys" / "athlete-password-hash.json", password)
    return [
        {
            "username": athlete.username,
            "sub": athlete.subject(issuer),
            "name": athlete.name,
            "birth_year": athlete.birth_year,
            "groups": athlete.groups,
            "password_hash": password_hash,
            "sign_in_key": sign_in_key(home / "keys" / "athletes", athlete.username),
        }
        for athlete in ATHLETES
    ]


def _password_hash(path: Path, password: str) -> str:
    # Hashing is slow on purpose; a start should not pay for it every time.
    if path.exists():
        return str(json.loads(path.read_text(encoding="utf-8"))["password_hash"])
    hashed = hash_password(password)
    write_private(path, json.dumps({"password_hash": hashed}).encode())
    return hashed
