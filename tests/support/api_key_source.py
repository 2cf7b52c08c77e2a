"""An API-key source for tests: gives one key, and fails when told to."""

from dataclasses import dataclass, field


@dataclass
class FakeApiKeySource:
    """Stands in for `identity.api_key_source.VaultApiKeySource`.

    Knobs:
        key: What it gives.
        renewed: What it gives once it was told that the key was refused.
        failing: Raised instead.
        asked: Workload tokens, in order.
        forgotten: How often it was told that the key was refused.
    """

    key: str = "key-of-the-support-server"
    renewed: str | None = None
    failing: Exception | None = None
    asked: list[str] = field(default_factory=list)
    forgotten: int = 0

    async def api_key(self, workload_token: str) -> str:
        self.asked.append(workload_token)
        if self.failing is not None:
            raise self.failing
        return self.renewed if self.forgotten and self.renewed else self.key

    def forget(self) -> None:
        self.forgotten += 1
