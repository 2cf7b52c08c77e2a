"""A zip that is the same for the same content: names in order, one date, one mode."""

import hashlib
import zipfile
from pathlib import Path
from typing import Final

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


def write_zip(folder: Path, file: Path) -> str:
    """Packs a folder and returns the SHA-256 of the zip, hexadecimal."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
                entry.create_system = _UNIX
                entry.external_attr = _FILE_MODE
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return hashlib.sha256(file.read_bytes()).hexdigest()
