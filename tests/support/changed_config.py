"""A copy of gateway_config that a test may spoil."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from gateway_config.documents import FOLDER


class ChangedConfig:
    """The committed configuration in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "gateway_config"
        shutil.copytree(FOLDER, self.folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "lint"))

    def change(self, name: str, edit: Callable[[Any], object]) -> None:
        """Edit one YAML file as data."""
        content = yaml.safe_load((self.folder / name).read_text(encoding="utf-8"))
        edit(content)
        self.write(name, content)

    def change_json(self, name: str, edit: Callable[[Any], object]) -> None:
        """Edit one JSON file as data."""
        path = self.folder / name
        content = json.loads(path.read_text(encoding="utf-8"))
        edit(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit one file as text; the text must be there."""
        path = self.folder / name
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new), encoding="utf-8")

    def write(self, name: str, content: Any) -> None:
        """Write one YAML file."""
        (self.folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")


def oauth(target: Any) -> Any:
    """The OAuth credential of a target's request."""
    return target["credentialProviderConfigurations"][0]["credentialProvider"]["oauthCredentialProvider"]


def jwt(gateway: Any) -> Any:
    """The authorizer of a gateway's request."""
    return gateway["authorizerConfiguration"]["customJWTAuthorizer"]
