"""openApiSchema targets: an HTTP API whose operations are tools.

| step | module |
|---|---|
| schemas of OpenAPI 3.0 and 3.1 as the JSON Schema of a tool | `schemas` |
| operations, their parameters, and the tool that each one is | `operations` |
| arguments of a call into one HTTP request; nothing of them leaves its place | `requests` |
| the call, and the answer as a tool's result | `api_target` |
"""
