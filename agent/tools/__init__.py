"""The coach's way to the teams' tools: one healing MCP client per server, shared by all athletes.

bearer.py       who a request on the shared connection is made for, and the header that says so
connection.py   the HTTP connection under a shared MCP session: a failure stays with its own request
mcp_clients.py  the client of one team: token first, then the call; comes back by itself after an outage
team_tools.py   what the agent uses: the tools of all teams that one athlete may call
results.py      tool results that the coach writes itself when a call did not reach a tool
"""
