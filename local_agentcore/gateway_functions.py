"""The functions that targets and interceptors of `gateway_config/` may name, as callables on this laptop.

A target or interceptor names a Lambda function by its ARN, `arn:aws:lambda:REGION:ACCOUNT:function:NAME`. On AWS that
is the deployed function; here it is `FUNCTIONS["NAME"]`, a callable `handler(event, context)`. The configuration that
is shipped names none. Code is chosen here and nowhere else: no file of the configuration can name a module.
"""

from collections.abc import Mapping

from local_agentcore.gateway.functions.local_function import Handler

FUNCTIONS: Mapping[str, Handler] = {}
