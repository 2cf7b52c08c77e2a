"""The installed version; a module of its own, because reading it costs as much as the rest of `coach --help`."""

from importlib.metadata import version

DISTRIBUTION = "fitness-coach-agent"


def installed_version() -> str:
    """The version of the distribution that `coach` belongs to."""
    return version(DISTRIBUTION)
