"""Who is calling, and a token for the next hop.

| module | is |
|---|---|
| `tokens`, `signing_keys`, `errors` | what every resource server imports to verify a bearer |
| `token_source` | asks the token vault for the token of the next hop |
| `hop_trace` | what every hop records |
| `authorization_server` | the local stand-in for a Cognito user pool |
| `vault` | the token vault, wire-compatible with AgentCore Identity |
"""
