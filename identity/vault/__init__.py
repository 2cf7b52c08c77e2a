"""The token vault: AgentCore Identity on a laptop, for unmodified boto3 clients.

One request, step by step:

    app                    bytes in, bytes out; one place where errors become answers
    ├── sigv4              which key signed this request, if any
    ├── wire               which operation is it, and does its body fit botocore's model of it
    ├── policy             may this key do this, to this workload, with this provider
    └── operation
        ├── workload_identities, credential_providers       control plane
        ├── workload_tokens (inbound)                       who is the workload, for which user
        └── resource_tokens (token_endpoint, token_cache)   a token for the next hop

Everything secret goes through `envelope` before it reaches `database`.
"""
