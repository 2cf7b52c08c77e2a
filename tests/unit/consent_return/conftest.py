from collections.abc import AsyncIterator

import pytest

from tests.support.consent_return import RunningConsentReturn, running_consent_return


@pytest.fixture
async def page() -> AsyncIterator[RunningConsentReturn]:
    async with running_consent_return() as running:
        yield running
