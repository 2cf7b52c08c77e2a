from collections.abc import Iterator

import pytest

from tests.support.vault import RunningVault, running_vault
from tests.support.vault_operations import EVERY_KEY


@pytest.fixture(scope="module")
def shared_vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVault]:
    folder = tmp_path_factory.mktemp("vault")
    with running_vault(folder, provisioned=False, negative_cache_s=0, keys=EVERY_KEY) as running:
        yield running


@pytest.fixture
def vault(shared_vault: RunningVault) -> RunningVault:
    """A provisioned vault with nothing else in it, and a key `anything` that may do everything."""
    shared_vault.reset()
    return shared_vault
