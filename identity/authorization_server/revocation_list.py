"""What the pool publishes about sign-ins that ended before their tokens did, for `identity.revocations`.

A sign-in stays on the list until the last access token that descends from it has expired by itself: exchanged tokens
never outlive their subject token (X09), so one lifetime is enough at every hop.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.authorization_server.core import NO_STORE
from identity.authorization_server.pool import Pool

CLOCK_LEEWAY_S = 60


def routes(pool: Pool) -> list[Route]:
    """The list of one pool: `{"revoked": [origin_jti or jti]}`, without a word about whom they belong to."""

    async def revoked(_request: Request) -> Response:
        since = pool.clock() - pool.config.access_token_lifetime_s - CLOCK_LEEWAY_S
        authorizations = pool.server.authorizations
        revoked = [*authorizations.revoked_since(since), *authorizations.revoked_tokens(pool.clock() - CLOCK_LEEWAY_S)]
        return JSONResponse({"revoked": revoked}, headers=NO_STORE)

    return [Route(pool.endpoints.path("revoked.json"), revoked)]
