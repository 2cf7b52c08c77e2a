"""To AWS: the CDK application, the packages and the checks. Reads `gateway_config`; nothing that runs imports it."""
