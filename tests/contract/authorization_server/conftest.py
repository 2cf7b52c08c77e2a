from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.authorization_server import RunningAuthorizationServer, running_authorization_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    async with running_authorization_server(tmp_path) as running:
        yield running
