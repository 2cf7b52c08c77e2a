"""Third-party code: wheels of the lock, with their hashes, for the platform that the package is for."""

import json
import re
from pathlib import Path
from typing import Any

from deploy.packaging.plan import PYTHON, Package, Platform
from deploy.programs import OWN, output_of

#: Of no use in a zip: the tests of libraries, and what names this machine or changes with every run.
_LEFT_OUT = (
    "bin",
    "**/__pycache__",
    "**/tests",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    ".lock",
)


def install(package: Package, platform: Platform, folder: Path, root: Path) -> None:
    """Puts the package's dependencies into a folder. Nothing is built: what has no wheel stops it.

    Raises:
        ToolFailed: A wheel is missing, or its hash is another.
    """
    requirements = folder.with_suffix(".txt")
    requirements.write_text(_export(package, root, "requirements-txt"), encoding="utf-8")
    output_of(
        [
            *(OWN / "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *("--no-compile", "--link-mode", "copy", "--python-platform", platform, "--python-version", PYTHON),
            *("--target", folder, "--requirement", requirements),
        ],
        folder=root,
    )
    for pattern in _LEFT_OUT:
        for path in sorted(folder.glob(pattern), reverse=True):
            _remove(path)


def bill(package: Package, root: Path) -> dict[str, Any]:
    """The package's bill of materials (CycloneDX 1.5), without what changes from run to run."""
    document: dict[str, Any] = json.loads(_export(package, root, "cyclonedx1.5"))
    document.pop("serialNumber", None)
    document.get("metadata", {}).pop("timestamp", None)
    document.setdefault("metadata", {})["component"] = {
        "type": "application",
        "bom-ref": package.name,
        "name": f"fitness-{package.name}",
    }
    return document


def _export(package: Package, root: Path, form: str) -> str:
    plain = ("--no-header", "--no-annotate") if form == "requirements-txt" else ()
    command = ("export", "--frozen", "--quiet", "--no-emit-project", *plain, "--format", form)
    text = output_of([OWN / "uv", *command, "--only-group", package.group], folder=root)
    return re.sub(r"^WARNING.*\n", "", text, flags=re.MULTILINE)


def _remove(path: Path) -> None:
    if path.is_dir():
        for each in path.iterdir():
            _remove(each)
        path.rmdir()
    else:
        path.unlink()
