"""Values for the placeholders of gateway_config."""

TEAMS = ("activities", "routes", "socials", "support")
VALUES = {
    "REGION": "us-east-1",
    "ACCOUNT": "000000000000",
    "GATEWAY_ARN": "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/coach-0123456789",
    "POLICY_ENGINE_ARN": "arn:aws:bedrock-agentcore:us-east-1:000000000000:policy-engine/coach_tools-0123456789",
    "ISSUER:coach": "https://issuer.example/coach",
    "ISSUER:socials": "https://issuer.example/socials",
    "URL:vault": "https://vault.example",
    "URL:consent-return": "https://consent.example",
    "URL:gateway": "https://gateway.example/mcp",
    "URL:api-support": "https://support-api.example",
    **{f"URL:mcp-{team}": f"https://{team}.example/mcp" for team in TEAMS},
    "SECRET:support-metering": "s",
    "SECRET:support-help-metering": "s",
    **{f"SECRET:{name}-federation": "s" for name in ("coach", "gateway")},
    **{f"SECRET:{name}-exchange": "s" for name in ("coach", "gateway", *(f"mcp-{team}" for team in TEAMS))},
}
