"""Values for the placeholders of gateway_config."""

TEAMS = ("activities", "routes", "socials", "support")
VALUES = {
    "REGION": "us-east-1",
    "ACCOUNT": "000000000000",
    "ISSUER:coach": "https://issuer.example/coach",
    "ISSUER:socials": "https://issuer.example/socials",
    "URL:vault": "https://vault.example",
    "URL:consent-return": "https://consent.example",
    **{f"URL:mcp-{team}": f"https://{team}.example/mcp" for team in TEAMS},
    "SECRET:coach-federation": "s",
    "SECRET:support-metering": "s",
    **{f"SECRET:{name}-exchange": "s" for name in ("coach", *(f"mcp-{team}" for team in TEAMS))},
}
