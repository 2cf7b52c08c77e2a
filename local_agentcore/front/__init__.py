"""The runtime front: what AgentCore Runtime does before a container sees a request.

| step | module |
|---|---|
| Host and Origin, path to runtime | `app` |
| bearer verified for that runtime; challenge with `resource_metadata` | `inbound` |
| GetWorkloadAccessTokenForJWT at the vault, with the front's own key | `workload_tokens` |
| header allow-list, request and answer streamed through | `reverse_proxy` |
"""
