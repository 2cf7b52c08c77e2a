from collections.abc import Iterator

import pytest

from tests.support.control_plane import RunningControlPlane, running_control_plane


@pytest.fixture(scope="module")
def plane() -> Iterator[RunningControlPlane]:
    """What the shipped configuration declares."""
    with running_control_plane() as running:
        yield running
