"""The local gateway: one door to the tools of all targets, as AgentCore Gateway has it.

| step | module |
|---|---|
| order of everything | `door`; composed in `app` |
| headers, body, one JSON-RPC message of either era | `headers`, `body`, `rpc` |
| who calls; challenge and metadata are `identity.protected_resource` | `inbound`, `claims` |
| how often | `rate_limits` |
| hand-shakes, listings, sessions | `methods`, `listing`, `sessions` |
| what the targets offer; search over it | `catalog`, `tools`, `search` |
| may they; who did what | `authorizing`, `audit` |
| `tools/call` and everything else that goes to a target | `calls`, `relay`, `exchanges` |
| token for the target, never the caller's own | `credentials` |
| one target: pooled client, protocol, state | `connections`, `target_protocol`, `targets`, `circuit`, `event_stream` |
| consents at other parties: what callers are asked | `consents`, `elicitation` |
| what they come back with, once | `open_consents`, `request_states` |
| answer in the caller's version, failures in words | `translation`, `failures`, `answers` |
| client leaves, target is told | `presence` |
"""
