"""Refreshing a rotating token of a user's account elsewhere: once for everybody who waits, and never halfway."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.consenting import ask, connect
from tests.support.serving import PATIENCE_S, free_socket, port_of, served, url_of
from tests.support.vault import (
    KEYS,
    REGION,
    FakeProvider,
    RunningVault,
    VaultClock,
    provider_request,
    vault_keys,
    vault_settings,
)


def long_lived(provider: FakeProvider, subject: str = "maya-sub") -> str:
    return provider.user_token(subject, exp=int(time.time()) + 7200)


@pytest.mark.case("V17")
@pytest.mark.case("X12")
def test_sixteen_calls_at_the_same_time_make_one_refresh(federated: RunningVault) -> None:
    vault, user_token = federated, long_lived(federated.provider)
    vault.provider.token_life_s = 100
    connect(vault, user_token)
    vault.clock.ahead_s = 60.0  # less than the skew is left, and signatures are still good
    vault.provider.slow_s = 0.2

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: ask(vault, user_token), range(16)))

    assert answers == [{"accessToken": vault.provider.issued[-1]}] * 16
    assert len(vault.provider.of_grant("refresh_token")) == 1


@pytest.mark.case("V17")
def test_each_refresh_uses_the_token_of_the_last_one(federated: RunningVault) -> None:
    vault, user_token = federated, long_lived(federated.provider)
    vault.provider.token_life_s = 100
    connect(vault, user_token)

    tokens = []
    for round_ in (1, 2, 3):
        vault.clock.ahead_s = 60.0 * round_
        tokens.append(ask(vault, user_token)["accessToken"])

    assert len(set(tokens)) == 3
    used = [request.one("refresh_token") for request in vault.provider.of_grant("refresh_token")]
    assert len(set(used)) == 3


@pytest.mark.case("V28")
def test_a_refresh_token_is_used_for_the_client_it_was_issued_to_alone(federated: RunningVault) -> None:
    vault, user_token = federated, long_lived(federated.provider)
    vault.provider.token_life_s = 100
    connect(vault, user_token)
    vault.clock.ahead_s = 60.0
    ask(vault, user_token)
    assert len(vault.provider.of_grant("refresh_token")) == 1

    vault.control().update_oauth2_credential_provider(
        **provider_request(vault.provider.url, "coach-federation", clientId="another")
    )
    vault.clock.ahead_s = 120.0

    assert "authorizationUrl" in ask(vault, user_token)
    assert len(vault.provider.of_grant("refresh_token")) == 1


class VaultProcess:
    """A vault in a process of its own, which can be killed and started again on the same files."""

    def __init__(self, folder: Path, provider: FakeProvider) -> None:
        listening = free_socket()
        self._port = port_of(listening)
        url = url_of(listening)
        listening.close()
        settings = vault_settings(url, folder, provider.url)
        self.vault = RunningVault(url, provider, settings, VaultClock())
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings, inbound = self.vault.settings, {}
        for workload, trust in settings.inbound.items():
            inbound[workload] = trust.model_dump(mode="json")
        documents: dict[str, Any] = {
            "BASE_URLS": settings.base_urls,
            "KEYS": vault_keys(KEYS),
            "INBOUND": inbound,
            "PRIVATE_PROVIDERS": sorted(settings.private_providers),
            "COMPLETING": settings.completing.model_dump(mode="json") if settings.completing else None,
        }
        plain = {
            "VAULT_DATABASE_PATH": str(settings.database_path),
            "VAULT_KEY_ENCRYPTION_KEY_PATH": str(settings.key_encryption_key_path),
            "VAULT_REGION": REGION,
            "VAULT_BIND_PORT": str(self._port),
            "VAULT_SKEW_S": "0",  # a token of one second can be waited for
            "PATH": os.defpath,
        }
        environment = plain | {f"VAULT_{name}": json.dumps(value) for name, value in documents.items()}
        with (self._folder / "vault.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "identity.vault"], env=environment, stdout=log, stderr=log
            )
        wait_for(self._answers)

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is flushed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE_S)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "vault.log").read_text("utf-8")
        try:
            return httpx.get(f"{self.vault.url}/identities/", trust_env=False).status_code > 0
        except httpx.TransportError:
            return False


@contextmanager
def vault_process(folder: Path) -> Iterator[VaultProcess]:
    provider, listening = FakeProvider(), free_socket()
    provider.url = url_of(listening)
    process = VaultProcess(folder, provider)
    with served(provider.app(), listening):
        process.start()
        try:
            yield process
        finally:
            process.kill()
            process.vault.close()


def wait_for(reached: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < give_up_at, "never reached"
        time.sleep(0.005)


@pytest.mark.case("V17")
@pytest.mark.parametrize("moment", ["while the provider thinks", "when it has just answered"])
def test_a_vault_that_is_killed_between_refresh_and_store_costs_at_most_a_new_consent(
    tmp_path: Path, moment: str
) -> None:
    with vault_process(tmp_path) as process:
        vault, provider = process.vault, process.vault.provider
        vault.provision()
        vault.provision_federation()
        maya, jonas = long_lived(provider), long_lived(provider, "jonas-sub")
        provider.token_life_s = 600
        provider.signed_in = "jonas-elsewhere"
        connect(vault, jonas, "jonas-sub")
        kept = ask(vault, jonas)
        provider.token_life_s, provider.signed_in = 1, "maya-elsewhere"
        connect(vault, maya)
        time.sleep(1.1)  # her access token is over; the refresh token is good

        provider.token_life_s, provider.slow_s = 600, 0.3
        issued = len(provider.issued)
        with ThreadPoolExecutor(1) as thread:
            interrupted = thread.submit(ask, vault, maya)
            if moment == "while the provider thinks":
                wait_for(lambda: len(provider.of_grant("refresh_token")) == 1)
            else:
                wait_for(lambda: len(provider.issued) > issued)
            process.kill()
            interrupted.exception(PATIENCE_S)
        wait_for(lambda: len(provider.issued) > issued)  # the provider has rotated, whoever is still there
        provider.slow_s = 0.0
        process.start()

        after = ask(vault, maya)
        if moment == "while the provider thinks":
            assert "accessToken" not in after  # or the kill came too late to show anything
        if "accessToken" not in after:
            assert after["sessionStatus"] == "IN_PROGRESS"
            connect(vault, maya)
            after = ask(vault, maya)
        assert after == {"accessToken": provider.issued[-1]}
        assert ask(vault, jonas) == kept  # nobody else notices
        database_is_sound(vault)


@pytest.mark.case("V17")
def test_whoever_has_a_refreshed_token_can_rely_on_the_next_refresh(tmp_path: Path) -> None:
    """The new refresh token is on disk before anybody sees the access token: a kill at that moment costs nothing."""
    with vault_process(tmp_path) as process:
        vault, provider = process.vault, process.vault.provider
        vault.provision()
        vault.provision_federation()
        maya = long_lived(provider)
        provider.token_life_s = 1
        connect(vault, maya)
        time.sleep(1.1)

        refreshed = ask(vault, maya)
        process.kill()
        process.start()
        time.sleep(1.1)
        again = ask(vault, maya)

        assert len(provider.of_grant("refresh_token")) == 2
        assert [refreshed, again] == [{"accessToken": token} for token in provider.issued[-2:]]


def database_is_sound(vault: RunningVault) -> None:
    database = sqlite3.connect(vault.settings.database_path)
    (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    assert verdict == "ok"
