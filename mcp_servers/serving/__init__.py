"""What every team's MCP server shares: everything about the protocol and nothing about a domain.

gate.py         the resource server's gate: host, bearer, body, scope, in this order
challenges.py   what a refused request is told (RFC 6750, RFC 9728)
rpc_body.py     the one reading of a request body on which decisions rest
caller.py       who the current request is from
server.py       composition: gate, MCP server, API client
tools.py        how a team declares a tool
api_client.py   calls to the team's API with a token of the server's own
results.py      error results, and text that somebody else wrote
"""
