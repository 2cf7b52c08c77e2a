"""Looks the name of a target up, and gives only addresses where a target may be (V24).

aiohttp connects to what it is given here, so that a name server that answers otherwise the next time is asked again and
checked again. Literal addresses are never looked up: they are checked when the gateway starts.
"""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from identity.errors import AddressRefused
from identity.outbound_addresses import AddressPolicy


class CheckedResolver(AbstractResolver):
    """The system's resolver under an address policy.

    Args:
        policy: Which addresses.
        resolver: Looks up; the system's unless told otherwise.
    """

    def __init__(self, policy: AddressPolicy, resolver: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name, all of them allowed.

        Raises:
            OSError: One of them is not, or there is none.
        """
        found = await self._resolver.resolve(host, port, family)

        async def known(_: str, __: int) -> list[str]:
            return [one["host"] for one in found]

        try:
            await self._policy.addresses(host, port, known)
        except AddressRefused as error:
            raise OSError("the name leads to a refused address") from error
        return found

    async def close(self) -> None:
        await self._resolver.close()
