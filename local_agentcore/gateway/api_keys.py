"""API keys for targets, from the vault, with the gateway's own workload token: a key says nothing of who calls."""

import logging
import time
from collections.abc import Callable

from identity.api_key_source import ApiKeySource
from identity.errors import SignInExpired, TokenUnavailable, VaultUnreachable
from local_agentcore.gateway.credentials import OwnWorkloadToken
from local_agentcore.gateway.errors import CredentialUnavailable, VaultUnavailable
from local_agentcore.gateway.inbound import Caller
from local_agentcore.gateway.settings import ApiKeySettings

logger = logging.getLogger(__name__)
Sources = Callable[[str], ApiKeySource]


class ApiKeys:
    """The keys of all targets.

    Args:
        own: The gateway's own workload token.
        sources: Gives the source for a provider; asked once for each.
        clock: Epoch seconds.
    """

    def __init__(self, own: OwnWorkloadToken, sources: Sources, *, clock: Callable[[], float] = time.time) -> None:
        self._own = own
        self._sources = sources
        self._clock = clock
        self._of_provider: dict[str, ApiKeySource] = {}

    async def key(self, caller: Caller, settings: ApiKeySettings, *, renewed: bool = False) -> str:
        """The key of a target.

        Args:
            caller: Whose call it is for; calls of somebody whose token has ended get none.
            settings: Which key.
            renewed: The target has just refused the one from before.

        Raises:
            SignInExpired: The caller's own token has ended while the request was under way (R07).
            CredentialUnavailable: There is none now.
        """
        if caller.principal.expires_at <= self._clock():
            raise SignInExpired(settings.provider, "the caller's token has ended")
        source = self._of_provider.get(settings.provider)
        if source is None:
            source = self._of_provider[settings.provider] = self._sources(settings.provider)
        if renewed:
            source.forget()
        try:
            return await self._asked(source)
        except TokenUnavailable as error:
            logger.warning("provider=<%s>, reason=<%s> | no key for the target", settings.provider, error.reason)
            passing = isinstance(error, VaultUnreachable | SignInExpired)
            raise (VaultUnavailable if passing else CredentialUnavailable) from error

    async def _asked(self, source: ApiKeySource) -> str:
        try:
            return await source.api_key(await self._own.token())
        except SignInExpired:
            # Nobody signs in here: the vault has forgotten the gateway's own token.
            self._own.forget()
            return await source.api_key(await self._own.token())
