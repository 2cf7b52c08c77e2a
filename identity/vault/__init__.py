"""The token vault: AgentCore Identity on a laptop, for unmodified boto3 clients.

One request, step by step:

    app                    bytes in, bytes out; one place where errors become answers
    ├── sigv4              which key signed this request, if any
    ├── wire               which operation is it, and does its body fit botocore's model of it
    ├── policy             may this key do this, to this workload, with this provider
    └── operation
        ├── workload_identities, credential_providers       control plane
        ├── workload_tokens (inbound)                       who is the workload, for which user
        ├── resource_tokens (grants, token_cache)           a token for the next hop
        ├── user_federation (consent_sessions, connections) a token of the user's account elsewhere, or a consent
        ├── consent_completion                              whose browser came back; only then the code is exchanged
        └── connected_accounts                              what a person sees, ends and takes along

    consent_browser        the only unsigned requests: a person's browser on its way to a provider and back

    composition            puts all of them together

Everything secret goes through `envelope` before it reaches `database`.
"""
