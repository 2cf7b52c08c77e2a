"""One stack for all end-to-end tests: the whole system in this process."""

from collections.abc import Iterator

import pytest

from tests.support.running_stack import RunningStack, running_stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them on one worker, so that the stack starts once."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("coach-home")
    home.chmod(0o700)
    with running_stack(home) as running:
        yield running


@pytest.fixture(scope="session")
def connected(stack: RunningStack) -> tuple[str, ...]:
    """Athletes who agreed, at their browsers, that the coach reads at the socials issuer."""
    athletes = ("maya", "jonas")
    for athlete in athletes:
        stack.connect_socials(athlete)
    return athletes
