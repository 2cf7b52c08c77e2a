"""Zip archives of exports and of attackers, made by code."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

Tree = Mapping[str, "bytes | Tree"]


def zip_bytes(members: Tree, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive; a mapping in place of a content is an archive inside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content if isinstance(content, bytes) else zip_bytes(content))
    return buffer.getvalue()


def write_zip(folder: Path, members: Tree, name: str = "export.zip") -> Path:
    path = folder / name
    path.write_bytes(zip_bytes(members))
    return path


def write_tree(folder: Path, members: Mapping[str, bytes]) -> Path:
    """The same as files of a folder."""
    for name, content in members.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def special_member(name: str, kind: int = stat.S_IFLNK, target: bytes = b"/etc/passwd") -> bytes:
    """An archive with `good.fit` and a member that is a link, or another kind of file."""
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, target)
        archive.writestr("good.fit", b"y")
    return buffer.getvalue()


def with_flags(packed: bytes, flags: int) -> bytes:
    """The archive with these flags set for its first member, in its own header and in the directory (APPNOTE 4.4.4)."""
    content = bytearray(packed)
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.index(signature) + flags_at
        content[start : start + 2] = (int.from_bytes(content[start : start + 2], "little") | flags).to_bytes(
            2, "little"
        )
    return bytes(content)
