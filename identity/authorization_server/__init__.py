"""The authorization server of the laptop: a stand-in for Cognito user pools, one process for several pools.

Every endpoint but the two under the issuer lives outside the issuer's path, as with Cognito, so that a client that
derives endpoints instead of reading the discovery document fails here first.

    GET  /{pool}/.well-known/openid-configuration          discovery
    GET  /{pool}/.well-known/jwks.json                     public keys: one signs access tokens, another ID tokens
    GET  /.well-known/oauth-authorization-server/{pool}    RFC 8414, not in strict Cognito mode
    GET  /pools/{pool}/oauth2/authorize   ─ no session ─► login page ─ POST login ─► authorize again
                                          ─ session ────► consent page ─ POST consent ─► redirect with a code
    POST /pools/{pool}/oauth2/authorize   the key-file sign-in, with a nonce from POST …/oauth2/sign-in-nonce
    GET  /pools/{pool}/device             sign in, enter a device's code, see who asks, decide (RFC 8628)
    POST /pools/{pool}/oauth2/token       authorization_code, refresh_token, client_credentials, token exchange,
                                          device_code, jwt-bearer
    POST /pools/{pool}/oauth2/revoke      RFC 7009
    POST /pools/{pool}/oauth2/introspect  RFC 7662                       ┐
    POST /pools/{pool}/oauth2/par         RFC 9126                       │ not in strict Cognito mode, like every
    POST /pools/{pool}/oauth2/device_authorization   RFC 8628            │ private_key_jwt at these endpoints
    GET  /pools/{pool}/logout             RP-initiated logout            ┘
    GET  /pools/{pool}/oauth2/userInfo    for tokens addressed to the issuer itself

Authlib's core decides what it decides well (RFC 6749); PKCE at /authorize, resource indicators, token exchange,
single use of codes and refresh tokens, and the shape of the tokens are ours.
"""
