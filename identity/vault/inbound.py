"""Which users' tokens the vault believes, for which workload (S11)."""

from collections.abc import Mapping

from identity.errors import KeysUnavailable, TokenExpired, TokenRefused
from identity.signing_keys import FetchJson, JwksCache, fetch_json
from identity.tokens import Principal, Trust, Verifier
from identity.vault.errors import CallerUnauthorized, ProviderUnavailable
from identity.vault.settings import InboundTrust

APPLICATION = ""  # no workload is called so: who signs users in and completes their consents


class InboundTokens:
    """Verifies users' tokens, each workload with its own issuer, audiences and upstream clients."""

    def __init__(
        self,
        trusts: Mapping[str, InboundTrust],
        *,
        completing: InboundTrust | None = None,
        fetch: FetchJson = fetch_json,
    ) -> None:
        trusts = trusts if completing is None else {**trusts, APPLICATION: completing}
        keys = {trust.issuer: JwksCache(trust.issuer, fetch=fetch) for trust in trusts.values()}
        self._verifiers = {workload: Verifier(_trust(trust), keys[trust.issuer]) for workload, trust in trusts.items()}

    async def verify(self, workload: str, token: str) -> Principal:
        """Who the token says it is, if this workload may believe it.

        Raises:
            CallerUnauthorized: Not a good token for this workload.
            ProviderUnavailable: The issuer's keys cannot be read.
        """
        verifier = self._verifiers.get(workload)
        if verifier is None:
            raise CallerUnauthorized(f"workload {workload} trusts no issuer")
        try:
            return await verifier.verify_async(token)
        except TokenExpired as error:
            raise CallerUnauthorized("the user token has expired") from error
        except TokenRefused as error:
            raise CallerUnauthorized("the user token is not good for this workload") from error
        except KeysUnavailable as error:
            raise ProviderUnavailable("the issuer's keys cannot be read") from error


def _trust(configured: InboundTrust) -> Trust:
    return Trust(
        issuer=configured.issuer,
        audiences=configured.audiences,
        clients=configured.clients,
        profile=configured.profile,
        foreign_audiences=configured.foreign_audiences,
        table_clients=configured.table_clients,
    )
