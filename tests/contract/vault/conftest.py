from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.vault import RunningVault, running_vault


@pytest.fixture(scope="module")
def shared_vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVault]:
    # Failures are not remembered, so that one test's do not reach the next.
    with running_vault(tmp_path_factory.mktemp("vault"), provisioned=False, negative_cache_s=0) as running:
        yield running


@pytest.fixture
def vault(shared_vault: RunningVault) -> RunningVault:
    """A provisioned vault with nothing else in it."""
    shared_vault.reset()
    return shared_vault


@pytest.fixture
def fresh_vault(tmp_path: Path) -> Iterator[RunningVault]:
    """A provisioned vault that has just been started."""
    with running_vault(tmp_path) as running:
        yield running


@pytest.fixture
def federated(vault: RunningVault) -> RunningVault:
    """A vault whose workload coach can ask for accounts elsewhere."""
    vault.provision_federation()
    return vault
