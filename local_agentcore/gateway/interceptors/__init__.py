"""REQUEST and RESPONSE interceptors: functions that see what callers ask and what they are answered, and may change it.

| step | module |
|---|---|
| AWS's payloads, in and out | `payloads` |
| an answer that is looked at before it is sent | `held_answer` |
| their place between policy and target, and what becomes of a failure | `interception` |

A failing interceptor, or one that takes too long, ends the request: whoever put it there wants nothing to pass
unseen. Progress of a call is not passed on where a RESPONSE interceptor sees its answer. Which headers of a changed
request AWS passes to targets is unverified; here none are. Refusals of the gateway itself are not shown to them.
"""
