"""Amazon resource names and URLs that the vault gives out."""

from dataclasses import dataclass

AUTHORIZE_PATH = "/identities/oauth2/authorize"
CALLBACK_PATH = "/identities/oauth2/callback/"


@dataclass(frozen=True)
class ResourceNames:
    """ARNs of one account and region, in the patterns of botocore's model."""

    region: str
    account_id: str
    base_url: str  # of what browsers open: callbacks and the start of consents

    def workload_identity(self, name: str) -> str:
        """ARN of a workload identity."""
        return (
            f"arn:aws:bedrock-agentcore:{self.region}:{self.account_id}"
            f":workload-identity-directory/default/workload-identity/{name}"
        )

    def token_vault(self) -> str:
        """ARN of the vault itself."""
        return f"arn:aws:bedrock-agentcore:{self.region}:{self.account_id}:token-vault/default"

    def api_key_provider(self, name: str) -> str:
        """ARN of an API-key credential provider; its service is `acps` in the model."""
        return f"arn:aws:acps:{self.region}:{self.account_id}:token-vault/default/apikeycredentialprovider/{name}"

    def oauth2_provider(self, name: str) -> str:
        """ARN of an OAuth2 credential provider; its service is `acps` in the model."""
        return f"arn:aws:acps:{self.region}:{self.account_id}:token-vault/default/oauth2credentialprovider/{name}"

    def client_secret(self, name: str) -> str:
        """ARN under which AWS would keep the client secret; nothing answers to it here."""
        return (
            f"arn:aws:secretsmanager:{self.region}:{self.account_id}"
            f":secret:bedrock-agentcore-identity!default/oauth2/{name}"
        )

    def api_key_secret(self, name: str) -> str:
        """ARN under which AWS would keep the API key; nothing answers to it here."""
        return (
            f"arn:aws:secretsmanager:{self.region}:{self.account_id}"
            f":secret:bedrock-agentcore-identity!default/apikey/{name}"
        )

    def callback_url(self, name: str) -> str:
        """Where this provider sends browsers back to: one URL per provider (RFC 9700 §4.4.2.2)."""
        return f"{self.base_url}{CALLBACK_PATH}{name}"

    @property
    def authorize_url(self) -> str:
        """Where a browser begins a consent."""
        return f"{self.base_url}{AUTHORIZE_PATH}"
