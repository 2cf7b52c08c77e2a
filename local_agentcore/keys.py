"""Secrets that the laptop makes for itself at first start: what an account would keep in IAM and Secrets Manager."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from gateway_config.hops import Hops
from local_agentcore.home import write_private

NO_WORKLOADS = ("front", "operator", "consent-return", "program")
STACK_SECRETS = ["front_secret", "cursor_key", "operator_secret", "consent_state_key", "athlete_password"]


@dataclass(frozen=True)
class AccessKey:
    """A SigV4 key pair that stands in for an IAM role."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True)
class StackKeys:
    """Everything secret that the parts of one stack share.

    Attributes:
        access_keys: Principal (`front`, `operator`, `consent-return`, `program`, a workload) to its key.
        client_secrets: Confidential OAuth client to its secret.
        api_keys: API-key credential provider to its key.
        front_secret: Proves to a container that a request came through the front.
        cursor_key: Seals the cursors of the APIs, which must not know the front's secret.
        operator_secret: Bearer of the authorization server's administration routes.
        consent_state_key: Binds a consent to whom it was begun for; known to agent, gateway and consent page.
        athlete_password: Password of the demo athletes on the browser's sign-in page.
    """

    access_keys: dict[str, AccessKey]
    client_secrets: dict[str, str] = field(repr=False)
    api_keys: dict[str, str] = field(repr=False)
    front_secret: str = field(repr=False)
    cursor_key: str = field(repr=False)
    operator_secret: str = field(repr=False)
    consent_state_key: str = field(repr=False)
    athlete_password: str = field(repr=False)


def load_or_make(folder: Path, hops: Hops) -> StackKeys:
    """Read the secrets of this home; make those that are missing.

    Args:
        folder: `COACH_HOME/keys`.
        hops: Names the workloads and the confidential clients.
    """
    return StackKeys(
        access_keys=_access_keys(folder / "vault-keys.json", [*NO_WORKLOADS, *hops.workloads]),
        client_secrets=_texts(folder / "client-secrets.json", [c.client_id for c in hops.clients if not c.public]),
        api_keys=_texts(folder / "api-keys.json", hops.api_key_providers),
        **_texts(folder / "stack.json", STACK_SECRETS),
    )


def sign_in_key(folder: Path, athlete: str) -> dict[str, Any]:
    """The public JWK that verifies this athlete's key-file sign-in; makes the key pair if it is missing.

    Args:
        folder: `COACH_HOME/keys/athletes`.
        athlete: User name.
    """
    path = folder / f"{athlete}.pem"
    if not path.exists():
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)
    key = ECKey.import_key(path.read_bytes(), {"kid": athlete, "use": "sig", "alg": "ES256"})
    return dict(key.as_dict(private=False))


def _access_keys(path: Path, principals: list[str]) -> dict[str, AccessKey]:
    stored = _read(path)
    for principal in principals:
        if principal not in stored:
            identifier = "LOCAL" + secrets.token_hex(8).upper()
            stored[principal] = {"access_key_id": identifier, "secret_access_key": secrets.token_urlsafe(30)}
    _write(path, stored)
    return {principal: AccessKey(**stored[principal]) for principal in principals}


def _texts(path: Path, names: list[str]) -> dict[str, str]:
    stored = _read(path)
    for name in names:
        stored.setdefault(name, secrets.token_urlsafe(32))
    _write(path, stored)
    return {name: stored[name] for name in names}


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _write(path: Path, stored: dict[str, Any]) -> None:
    text = json.dumps(stored, indent=1)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_private(path, text.encode())
