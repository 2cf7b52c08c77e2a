"""The `coach` command: a client of the runtime over HTTP, and of the authorization server.

It imports neither Strands nor boto3 nor anything of the local stack, so that `--help` and the first prompt
are instant. Each command is a module of `commands/`, imported only when it is the one that was typed.
"""
