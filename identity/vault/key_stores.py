"""Where a laptop keeps its key encryption keys: a file of the user, or the keyring of the operating system."""

import importlib
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from identity.vault.errors import KeyringUnusable

SERVICE = "fitness-coach-vault"


class KeyStore(Protocol):
    """Keeps one text, whole or not at all."""

    def read(self) -> str | None:
        """The text; None if none was ever kept.

        Raises:
            KeyringUnusable: It cannot be read, or others can read it.
        """

    def create(self, text: str) -> None:
        """Keep the first text.

        Raises:
            KeyringUnusable: There is one already; it is never overwritten.
        """

    def replace(self, text: str) -> None:
        """Keep another text; whatever happens, the old one or the new one is there.

        Raises:
            KeyringUnusable: It cannot be written.
        """

    def describe(self) -> str:
        """Where the text is, for the owner of the laptop."""


class FileStore:
    """A file with mode 0600 of the user who runs the vault.

    Args:
        path: Never a link.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        """See KeyStore."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyringUnusable(f"{self._path} cannot be opened") from error
        with os.fdopen(handle, encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
                raise KeyringUnusable(f"{self._path} must be a file of its user with mode 0600")
            return file.read()

    def create(self, text: str) -> None:
        """See KeyStore."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self._written_beside(text)
        try:
            os.link(written, self._path, follow_symlinks=False)  # unlike a rename it takes nobody's place
        except FileExistsError as error:
            raise KeyringUnusable(f"{self._path} is there already") from error
        finally:
            written.unlink()
        self._sync_folder()

    def replace(self, text: str) -> None:
        """See KeyStore."""
        self._written_beside(text).replace(self._path)
        self._sync_folder()

    def describe(self) -> str:
        """See KeyStore."""
        return f"same-disk key ({self._path.name}): a copy of the whole home can read the vault"

    def _written_beside(self, text: str) -> Path:
        path = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return path

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Passwords(Protocol):
    """What we use of a backend of the PyPI package `keyring`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


@dataclass(frozen=True)
class OsKeyring:
    """The keyring of the operating system, as the package `keyring` reaches it.

    Attributes:
        error: Base class of what its calls raise.
    """

    passwords: Passwords
    error: type[Exception]

    @classmethod
    def find(cls, modules: Callable[[str], Any] = importlib.import_module) -> "OsKeyring | None":
        """The one of this session, if the package is installed and finds a real one.

        Args:
            modules: Imports by name.
        """
        try:
            backend = modules("keyring").get_keyring()
            error = modules("keyring.errors").KeyringError
        except ModuleNotFoundError:
            return None
        # The package's own stand-ins (`fail`, `null`) have a priority of 0 or less; real ones are above.
        return cls(backend, error) if backend.priority > 0 else None


class OsKeyringStore:
    """An entry in the keyring of the operating system: the disk alone does not open the vault.

    Args:
        entry: Tells vaults of one user apart: the path of the database.
    """

    def __init__(self, os_keyring: OsKeyring, entry: str) -> None:
        self._passwords = os_keyring.passwords
        self._error = os_keyring.error
        self._entry = entry

    def read(self) -> str | None:
        """See KeyStore."""
        try:
            return self._passwords.get_password(SERVICE, self._entry)
        except self._error as error:
            raise KeyringUnusable("the keyring of the operating system is locked or not reachable") from error

    def create(self, text: str) -> None:
        """See KeyStore."""
        if self.read() is not None:
            raise KeyringUnusable(f"the operating system's keyring has an entry for {self._entry} already")
        self.replace(text)

    def replace(self, text: str) -> None:
        """See KeyStore. One entry is set in one call; it is read back before anybody relies on it."""
        try:
            self._passwords.set_password(SERVICE, self._entry, text)
        except self._error as error:
            raise KeyringUnusable("the keyring of the operating system takes no entry") from error
        if self.read() != text:
            raise KeyringUnusable("the keyring of the operating system did not keep the entry")

    def describe(self) -> str:
        """See KeyStore."""
        return "key in the keyring of the operating system"
