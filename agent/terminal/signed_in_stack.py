"""What login, logout, whoami, token and import share: the stack's endpoints and the athlete's access there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from agent.terminal.access import Access
from agent.terminal.discovery import http_client
from agent.terminal.endpoints import Endpoints
from agent.terminal.errors import UsageWrong
from agent.terminal.home import Home, open_home
from agent.terminal.settings import TerminalSettings
from agent.terminal.stack_process import StackProcess


@dataclass(frozen=True)
class SignedInStack:
    """A ready stack, and how to get at its tokens."""

    home: Home
    http: httpx.Client
    endpoints: Endpoints

    def access(self, athlete: str) -> Access:
        """Access tokens of one athlete at the stack's issuer."""
        return Access(self.home, self.http, self.endpoints.issuer, athlete)

    def socials_access(self, athlete: str) -> Access:
        """The same at the second pool's issuer.

        Raises:
            UsageWrong: This stack has no second pool.
        """
        if self.endpoints.socials_issuer is None:
            raise UsageWrong("this stack has no socials issuer")
        return Access(self.home, self.http, self.endpoints.socials_issuer, athlete)


@contextmanager
def stack_access(settings: TerminalSettings) -> Iterator[SignedInStack]:
    """The running stack, or one started for the duration of the command."""
    home = open_home(settings.home)
    with StackProcess(home, settings.port) as stack, http_client() as http:
        yield SignedInStack(home, http, stack.endpoints())
