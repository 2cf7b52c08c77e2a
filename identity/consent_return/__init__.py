"""Where a consent lands: the same-user check, then the vault may redeem the code; and the connected accounts.

| route | does | module |
|---|---|---|
| `GET /return?session_id&state` | signs the person in, checks that the consent is theirs, completes it | `landing` |
| `GET /callback` | the end of this part's own sign-in | `sign_in`, `code_flow` |
| `GET /` | lists connected accounts | `accounts` |
| `GET /disconnect`, `POST /disconnect` | asks, then disconnects | `accounts` |
| `POST /sign-out`, `GET /sign-in` | ends the session; begins one for somebody else | `sign_in` |

Nothing else in the system may call CompleteResourceTokenAuth, so nothing else can end a consent: the agent, a workload
and the operator hold keys that the vault refuses. No session id, code or token is shown or logged.
"""
