"""What must not be in a package."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.errors import PackageRefused
from deploy.packaging.plan import MACHINES, Package, Platform

_ELF: Final = b"\x7fELF"
_MACHINE: Final = slice(18, 20)
#: Names of files that would be secrets or somebody's data.
_NEVER: Final = (".env", ".pem", ".jwks", ".sqlite", ".key")


def inspect(package: Package, platform: Platform, folder: Path) -> int:
    """Looks at every file and returns how many bytes they are.

    Raises:
        PackageRefused: Code of another processor, somebody's secrets, or too much.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    wrong = [*_other_processors(files, platform), *_secrets(files, folder)]
    if wrong:
        raise PackageRefused(f"{package.name}: {'; '.join(wrong)}")
    size = sum(path.stat().st_size for path in files)
    if size > package.most_unpacked:
        raise PackageRefused(f"{package.name} has {size} bytes, {package.most_unpacked} are the most")
    return size


def inspect_zip(package: Package, file: Path) -> int:
    """How many bytes the zip has.

    Raises:
        PackageRefused: Too many.
    """
    size = file.stat().st_size
    if size > package.most_zipped:
        raise PackageRefused(f"{package.name}.zip has {size} bytes, {package.most_zipped} are the most")
    return size


def _other_processors(files: list[Path], platform: Platform) -> Iterator[str]:
    wanted = MACHINES[platform]
    for path in files:
        with path.open("rb") as content:
            head = content.read(20)
        if head.startswith(_ELF) and int.from_bytes(head[_MACHINE], "little") != wanted:
            yield f"{path.name} is code of another processor"


def _secrets(files: list[Path], folder: Path) -> Iterator[str]:
    for path in files:
        # certifi's roots are public, and are all that may be a .pem.
        if path.name.endswith(_NEVER) and path.relative_to(folder).as_posix() not in {
            "certifi/cacert.pem",
            "botocore/cacert.pem",
        }:
            yield f"{path.relative_to(folder)} looks like a secret or somebody's data"
